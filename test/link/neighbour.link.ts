import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../kit/until.ts';
import { Avahi } from './avahi.ts';
import { Command } from './command.ts';
import { Lan } from './lan.ts';
import type { Host } from './lan.ts';

/**
 * Signpost announces on a host named post, and Avahi starts there afterwards. The host has an address of IPv6 for
 * which Avahi leaves the link-local one out, so the two do not say quite the same of it.
 */

const lan = new Lan();
let desk: Host;
let laptop: Avahi;

before(async () => {
  const home = lan.link('home');
  desk = lan.host('desk', 'post');
  desk.join(home, 'eth0', '192.168.8.1/24');
  desk.ip('addr', 'add', 'fd00::1/64', 'dev', 'eth0');
  const other = lan.host('laptop');
  other.join(home, 'eth0', '192.168.8.2/24');
  laptop = await Avahi.start(other, 'laptop');
});

after(async () => {
  await laptop.stop();
  lan[Symbol.dispose]();
});

const cases = [
  { title: 'with the same name', name: 'post' },
  { title: 'with another name', name: 'desk' },
];
for (const { title, name } of cases) {
  test(`Avahi that starts later ${title} keeps it, and everything is found before, meanwhile and afterwards`, async () => {
    await using signpost = new Command(desk, 'announce', 'Door', '_http._tcp', '9000', '--interface', 'eth0');
    await until(() => signpost.lines.some((line) => line.includes('is announced')));
    await until(() => laptop.resolve('post.local') === '192.168.8.1');
    const avahi = await Avahi.start(desk, name, [{ name: 'Desk', type: '_ipp._tcp', port: 631 }]);
    assert.equal(avahi.hostName, `${name}.local`);
    // In which the second announcements are over, and whatever comes of them.
    await sleep(3000);
    assert.equal(laptop.resolve(`${name}.local`), '192.168.8.1');
    assert.equal(laptop.resolve('post.local'), '192.168.8.1');
    const found = ['_http._tcp', '_ipp._tcp'].map((type) => laptop.browse(type).length > 0);
    assert.deepEqual(found, [true, true]);
    assert.ok(!avahi.output.some((line) => line.includes('conflict')), avahi.output.join('\n'));
    await avahi.stop();
    await until(() => laptop.browse('_ipp._tcp').length === 0);
    await until(() => laptop.resolve('post.local') === '192.168.8.1');
    assert.ok(laptop.browse('_http._tcp').length > 0);
    assert.equal(signpost.lines.length, 1, signpost.lines.join('\n'));
  });
}
