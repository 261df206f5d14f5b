import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, record } from '../../../test/kit/link-world.ts';
import type { Peer, TestEngine } from '../../../test/kit/link-world.ts';
import type { LinkService, ServiceListener } from './link-service.ts';
import { LinkBrowser, ServiceBrowser } from './service-browser.ts';

const DEVICE = [
  '_services._dns-sd._udp.local. 4500 PTR _ipp._tcp.local.',
  '_ipp._tcp.local. 4500 PTR Laser._ipp._tcp.local.',
  '_color._sub._ipp._tcp.local. 4500 PTR Laser._ipp._tcp.local.',
  '!Laser._ipp._tcp.local. 120 SRV 0 0 631 printer.local.',
  '!Laser._ipp._tcp.local. 4500 TXT "rp=ipp"',
  '!printer.local. 120 A 192.0.2.20',
].map(record);

interface Scene {
  readonly world: LinkWorld;
  readonly us: TestEngine;
  readonly device: Peer;
  readonly told: string[];
  readonly listener: ServiceListener;
}

function scene(): Scene {
  const world = new LinkWorld();
  const us = world.engine('192.0.2.10');
  const told: string[] = [];
  const tell =
    (event: string) =>
    ({ name, type, port, addresses, text }: LinkService): void => {
      told.push([event, name, type, port, ...addresses, ...text].join(' '));
    };
  const listener = { found: tell('found'), changed: tell('changed'), lost: tell('lost') };
  return { world, us, device: world.peer('192.0.2.20'), told, listener };
}

const LASER = 'Laser._ipp._tcp.local. _ipp._tcp 631 192.0.2.20 rp=ipp';

const browsers = [
  {
    title: 'a type',
    open: ({ us, listener }: Scene) => new ServiceBrowser(us.engine, '_ipp._tcp', listener),
  },
  {
    title: 'a subtype',
    open: ({ us, listener }: Scene) => new ServiceBrowser(us.engine, '_color._sub._ipp._tcp', listener),
  },
  { title: 'all types', open: ({ us, listener }: Scene) => new LinkBrowser(us.engine, listener) },
];
for (const { title, open } of browsers) {
  test(`who browses ${title} is told what comes, changes and goes`, () => {
    const all = scene();
    const { world, device, told } = all;
    open(all);
    world.clock.advance(500);
    device.say(DEVICE);
    world.clock.advance(2000);
    device.say([record('!printer.local. 120 A 192.0.2.21')]);
    world.clock.advance(2000);
    device.say(DEVICE.map((each) => ({ ...each, ttl: 0 })));
    world.clock.advance(2000);
    assert.deepEqual(told.slice(0, 1), [`found ${LASER}`]);
    assert.equal(told.at(-2), `changed ${LASER.replace('.20 ', '.21 ')}`);
    assert.equal(told.at(-1), `lost ${LASER.replace('.20 ', '.21 ')}`);
    assert.ok(
      told.slice(1, -1).every((line) => line.startsWith('changed')),
      told.join('\n'),
    );
  });
}

test('what cannot be reached yet is not told, and nothing after the end', () => {
  const all = scene();
  const { world, us, device, told, listener } = all;
  const browser = new ServiceBrowser(us.engine, '_ipp._tcp', listener);
  world.clock.advance(500);
  device.say(DEVICE.slice(0, -1));
  world.clock.advance(2000);
  assert.deepEqual(told, []);
  device.say(DEVICE);
  world.clock.advance(10);
  browser.close();
  assert.deepEqual(told, [`found ${LASER}`, `lost ${LASER}`]);
  device.say([record('!Laser._ipp._tcp.local. 120 SRV 0 0 632 printer.local.')]);
  world.clock.advance(3000);
  assert.equal(told.length, 2);
});

test('a device that lists one type after another has a thousand of them followed', () => {
  const { world, us, device, listener } = scene();
  new LinkBrowser(us.engine, listener);
  for (let round = 0; round < 15; round++) {
    const types = Array.from({ length: 100 }, (_, index) => `_t${round}-${index}._tcp.local.`);
    device.say(types.map((type) => record(`_services._dns-sd._udp.local. 4500 PTR ${type}`)));
    world.clock.advance(2000);
  }
  world.clock.advance(10_000);
  const asked = new Set(
    world
      .packets(0, '192.0.2.10')
      .flatMap(({ message }) => message.questions.map(({ name }) => name))
      .filter((name) => name.startsWith('_t')),
  );
  assert.equal(asked.size, 1000);
});
