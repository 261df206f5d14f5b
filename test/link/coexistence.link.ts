import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../kit/server-process.ts';
import { until } from '../kit/until.ts';
import { Avahi } from './avahi.ts';
import { Command } from './command.ts';
import { Lan } from './lan.ts';
import type { Host } from './lan.ts';

/** Avahi and Signpost on one host, on one port: each goes on as if it were alone, and everyone finds everyone. */

const lan = new Lan();
const avahis: Avahi[] = [];
let desk: Host;
let deskAvahi: Avahi;
let laptop: Avahi;
let signpost: Command;
let server: ServerProcess;

before(async () => {
  const home = lan.link('home');
  desk = lan.host('desk', 'post');
  desk.join(home, 'eth0', '192.168.8.1/24');
  const other = lan.host('laptop');
  other.join(home, 'eth0', '192.168.8.2/24');
  deskAvahi = await Avahi.start(desk, 'desk', [{ name: 'Desk', type: '_ipp._tcp', port: 631 }]);
  laptop = await Avahi.start(other, 'laptop', [{ name: 'Notes', type: '_http._tcp', port: 8080 }]);
  avahis.push(deskAvahi, laptop);
  signpost = new Command(desk, 'announce', 'Door', '_http._tcp', '9000', '--interface', 'eth0');
  await until(() => signpost.lines.some((line) => line.includes('is announced')));
  const corefile = `.:53 {\n    bind 127.0.0.1\n    mdns lan.example {\n        interface eth0\n    }\n}`;
  server = await ServerProcess.start(corefile, [], { launcher: desk.launcher });
});

after(async () => {
  await server.stop();
  await signpost.stop();
  for (const avahi of avahis) await avahi.stop();
  lan[Symbol.dispose]();
});

const dig = (name: string, type: string): string =>
  desk.run('dig', '@127.0.0.1', '+short', '+tries=1', '+timeout=8', name, type).trim();

test('Avahi of the same host and of another resolve what Signpost announces', () => {
  assert.equal(deskAvahi.resolve('post.local'), '192.168.8.1');
  assert.equal(laptop.resolve('post.local'), '192.168.8.1');
});

test('Avahi of another host resolves Avahi of this one, and the other way round', () => {
  assert.equal(laptop.resolve('desk.local'), '192.168.8.1');
  assert.equal(deskAvahi.resolve('laptop.local'), '192.168.8.2');
});

test('Signpost resolves Avahi of the same host, of another, and its own', async () => {
  assert.equal(dig('laptop.lan.example', 'A'), '192.168.8.2');
  assert.equal(dig('desk.lan.example', 'A'), '192.168.8.1');
  assert.equal(dig('post.lan.example', 'A'), '192.168.8.1');
  assert.equal(dig('_ipp._tcp.lan.example', 'PTR'), 'Desk._ipp._tcp.lan.example.');
  const expected = 'Door._http._tcp.lan.example. Notes._http._tcp.lan.example.';
  // The first answer has those who were quick; a record that went to the group just now is told a second later.
  await until(() => dig('_http._tcp.lan.example', 'PTR').split('\n').sort().join(' ') === expected);
});

test('nobody takes another name, and all is as it was seconds later', async () => {
  await sleep(3000);
  assert.equal(signpost.lines.length, 1, signpost.lines.join('\n'));
  for (const { output } of avahis)
    assert.ok(!output.some((line) => line.includes('conflict')), output.join('\n'));
  assert.equal(laptop.resolve('post.local'), '192.168.8.1');
  assert.equal(laptop.resolve('desk.local'), '192.168.8.1');
});
