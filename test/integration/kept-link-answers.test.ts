import assert from 'node:assert/strict';
import { test } from 'node:test';
import { House, told } from '../../plugins/mdns/test-house.ts';
import { plugins } from '../../src/plugin/registry.ts';

const LASER = 'Laser\\0322._ipp._tcp.lan.example.';

test('what an answer leads to changes as the link does, also where the answer is kept', async () => {
  await using house = await House.open('', { plugins: [plugins.get('cache')!] });
  for (const [name, type] of [
    [LASER, 'SRV'],
    ['printer.lan.example.', 'A'],
  ] as const)
    await house.ask(name, type);
  const lines = async (): Promise<string[]> => told((await house.ask(LASER, 'SRV')).reply).slice(2);
  assert.deepEqual(await lines(), ['[printer.lan.example. 10 A 192.168.1.20]']);
  house.clock.advance(2000);
  house.device.say('printer.local. 120 A 192.168.1.99');
  house.clock.advance(1100);
  assert.deepEqual(await lines(), ['[printer.lan.example. 10 A 192.168.1.99]']);
});
