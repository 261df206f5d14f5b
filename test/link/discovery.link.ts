import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Lateness } from '../kit/lateness.ts';
import { ServerProcess } from '../kit/server-process.ts';
import { until } from '../kit/until.ts';
import { Avahi } from './avahi.ts';
import { Lan } from './lan.ts';
import type { Host } from './lan.ts';

/** A pod-like client, that speaks unicast DNS alone, finds what Avahi offers on the link of a gateway. */

const PORT = 53;
/** How often is asked what is known already. */
const REPEATS = 20;
const steadyQuestion = fileURLToPath(new URL('steady-question.ts', import.meta.url));
const lan = new Lan();
const lateness = new Lateness();
let gateway: Host;
let pod: Host;
let device: Host;
let printer: Avahi;
let server: ServerProcess;

before(async () => {
  const home = lan.link('home');
  const cluster = lan.link('cluster');
  gateway = lan.host('gateway');
  gateway.join(home, 'eth0', '192.168.7.1/24');
  gateway.join(cluster, 'eth1', '10.244.0.1/24');
  pod = lan.host('pod');
  pod.join(cluster, 'eth0', '10.244.0.9/24');
  device = lan.host('printer');
  device.join(home, 'eth0', '192.168.7.20/24');
  printer = await Avahi.start(device, 'printer', [
    { name: 'Laser 2', type: '_ipp._tcp', port: 631, text: ['rp=ipp/print'] },
  ]);
  const corefile = `.:${PORT} {
    bind 10.244.0.1
    errors
    cache
    mdns lan.example {
        interface eth0
        local
    }
}`;
  server = await ServerProcess.start(corefile, [], { launcher: gateway.launcher });
});

after(async () => {
  await server.stop();
  await printer.stop();
  lan[Symbol.dispose]();
  await lateness[Symbol.asyncDispose]();
});

/** What dig prints of the answer section, in one line each, and how long it took in milliseconds. */
function dig(...words: readonly string[]): { answers: string[]; milliseconds: number } {
  const printed = pod.run(
    'dig',
    '@10.244.0.1',
    '+tries=1',
    '+timeout=8',
    '+noall',
    '+answer',
    '+stats',
    ...words,
  );
  const lines = printed.split('\n').filter((line) => line !== '');
  const answers = lines.filter((line) => !line.startsWith(';')).map((line) => line.replace(/\s+/g, ' '));
  return { answers, milliseconds: Number(/Query time: (\d+) msec/.exec(printed)?.[1]) };
}

test('the first browse takes at most 1.5 s, the next at most 5 ms', () => {
  const expected = ['_ipp._tcp.lan.example. 10 IN PTR Laser\\0322._ipp._tcp.lan.example.'];
  const late = lateness.measure();
  const first = dig('_ipp._tcp.lan.example', 'PTR');
  assert.deepEqual(first.answers, expected);
  assert.ok(first.milliseconds <= 1500 + late(), `${first.milliseconds} ms`);
  // A machine that does other things too may be late with some of them, not with all.
  const times = Array.from({ length: REPEATS }, () => dig('_ipp._tcp.lan.example', 'PTR').milliseconds);
  assert.ok(Math.min(...times) <= 5, `${times.join(', ')} ms`);
});

const rows = [
  { name: 'printer.lan.example', type: 'A', answers: ['printer.lan.example. 10 IN A 192.168.7.20'] },
  { name: 'printer.local', type: 'A', answers: ['printer.local. 10 IN A 192.168.7.20'] },
  { name: 'printer.lan.example', type: 'AAAA', answers: [] },
  {
    name: '_services._dns-sd._udp.lan.example',
    type: 'PTR',
    answers: ['_services._dns-sd._udp.lan.example. 10 IN PTR _ipp._tcp.lan.example.'],
  },
  {
    name: 'Laser\\0322._ipp._tcp.lan.example',
    type: 'SRV',
    answers: ['Laser\\0322._ipp._tcp.lan.example. 10 IN SRV 0 0 631 printer.lan.example.'],
  },
  {
    name: 'Laser\\0322._ipp._tcp.lan.example',
    type: 'TXT',
    answers: ['Laser\\0322._ipp._tcp.lan.example. 10 IN TXT "rp=ipp/print"'],
  },
  {
    name: '20.7.168.192.in-addr.arpa',
    type: 'PTR',
    answers: ['20.7.168.192.in-addr.arpa. 10 IN PTR printer.lan.example.'],
  },
];
for (const { name, type, answers } of rows) {
  test(`a pod is told ${name} ${type}`, () => assert.deepEqual(dig(name, type).answers, answers));
}

test('a device that gets another address is told with it within 3 s', async (t) => {
  const resolve = (): string => dig('+short', 'printer.lan.example', 'A').answers.join(' ');
  assert.equal(resolve(), '192.168.7.20');
  device.ip('addr', 'del', '192.168.7.20/24', 'dev', 'eth0');
  device.ip('addr', 'add', '192.168.7.21/24', 'dev', 'eth0');
  const [began, late] = [performance.now(), lateness.measure()];
  await until(() => resolve() === '192.168.7.21');
  const changed = performance.now() - began - late();
  t.diagnostic(`changed after ${changed.toFixed(0)} ms`);
  // Avahi probes for a second before it says so, and what it took back lives on for one (RFC 6762, section 10.1).
  assert.ok(changed <= 3000, `${changed} ms`);
});

test('what stops cleanly is gone within 1.5 s', async () => {
  using asking = pod.lines(process.execPath, steadyQuestion, '10.244.0.1', '_ipp._tcp.lan.example.', 'PTR');
  await until(() => asking.lines.at(-1)?.endsWith(' 1') === true);
  await printer.stop();
  const [stopped, late] = [Date.now(), lateness.measure()];
  await until(() => asking.lines.at(-1)!.endsWith(' 0'));
  const gone = Number(asking.lines.at(-1)!.split(' ')[0]) - stopped;
  assert.ok(gone <= 1500 + late(), `${gone} ms`);
});
