import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../kit/server-process.ts';
import { until } from '../kit/until.ts';
import { Avahi } from './avahi.ts';
import { Command } from './command.ts';
import { Lan } from './lan.ts';
import type { Host, Link } from './lan.ts';
import { Resolved } from './resolved.ts';

/** systemd-resolved and Signpost on one host, which both call post, and on two: nobody is renamed without need. */

const lan = new Lan();
let home: Link;
let desk: Host;
let tablet: Host;
let laptop: Avahi;
let server: ServerProcess;

before(async () => {
  home = lan.link('home');
  desk = join('desk', 1, 'post');
  tablet = join('tablet', 2);
  laptop = await Avahi.start(join('laptop', 3), 'laptop', [{ name: 'Notes', type: '_ipp._tcp', port: 631 }]);
  const corefile = `.:53 {\n    bind 127.0.0.1\n    mdns lan.example {\n        interface eth0\n    }\n}`;
  server = await ServerProcess.start(corefile, [], { launcher: tablet.launcher });
});

after(async () => {
  await server.stop();
  await laptop.stop();
  lan[Symbol.dispose]();
});

function join(name: string, number: number, hostName?: string): Host {
  const host = lan.host(name, hostName);
  host.join(home, 'eth0', `192.168.8.${number}/24`);
  host.ip('addr', 'add', `fd00::${number}/64`, 'dev', 'eth0');
  return host;
}

async function announce(host: Host): Promise<Command> {
  const signpost = new Command(host, 'announce', 'Door', '_http._tcp', '9000', '--interface', 'eth0');
  await until(() => signpost.lines.some((line) => line.includes('is announced')));
  return signpost;
}

/** What Signpost on another host answers. */
const dig = (name: string, type: string): string =>
  tablet.run('dig', '@127.0.0.1', '+short', '+tries=1', '+timeout=8', name, type).trim();

const SHELL = [{ name: 'Shell', type: '_ssh._tcp', port: 22 }];
for (const order of ['resolved, then Signpost', 'Signpost, then resolved']) {
  test(`on one host, ${order}: everyone finds both, and nobody is renamed`, async () => {
    let signpost = order.startsWith('Signpost') ? await announce(desk) : undefined;
    const resolved = await Resolved.start(desk, SHELL);
    signpost ??= await announce(desk);
    try {
      await until(() =>
        laptop.browse('_http._tcp').some((line) => line.includes(';post.local;192.168.8.1;9000;')),
      );
      await until(() =>
        laptop.browse('_ssh._tcp').some((line) => line.includes(';post.local;192.168.8.1;22;')),
      );
      await until(() => dig('_http._tcp.lan.example', 'PTR') === 'Door._http._tcp.lan.example.');
      await until(() => dig('_ssh._tcp.lan.example', 'PTR') === 'Shell._ssh._tcp.lan.example.');
      assert.equal(dig('post.lan.example', 'A'), '192.168.8.1');
      await until(() => resolved.query('laptop.local', 'A').join() === '192.168.8.3');
      await until(() => resolved.query('_ipp._tcp.local', 'PTR').join() === 'Notes._ipp._tcp.local');
      // In which whoever was in doubt about the name would have asked for it again.
      await sleep(3000);
      assert.equal(laptop.resolve('post.local'), '192.168.8.1');
      assert.deepEqual(resolved.conflicts, []);
      assert.equal(signpost.lines.length, 1, signpost.lines.join('\n'));
    } finally {
      await signpost.stop();
      await resolved.stop();
    }
    await until(() => laptop.browse('_http._tcp').length === 0);
  });
}

test('on two hosts: resolved finds what Signpost announces, and its service by name', async () => {
  await using signpost = await announce(desk);
  await using resolved = await Resolved.start(join('phone', 4, 'phone'));
  await until(() => resolved.query('_http._tcp.local', 'PTR').join() === 'Door._http._tcp.local');
  await until(() => resolved.query('Door._http._tcp.local', 'SRV').join() === '0 0 9000 post.local');
  await until(() => resolved.query('post.local', 'A').join() === '192.168.8.1');
  await until(() => dig('phone.lan.example', 'A') === '192.168.8.4');
  assert.equal(signpost.lines.length, 1, signpost.lines.join('\n'));
});

test('on two hosts that want one name: who has it keeps it, and the other takes another', async () => {
  const other = join('other', 5, 'post');
  {
    await using signpost = await announce(desk);
    await using resolved = await Resolved.start(other);
    await until(() => resolved.conflicts.length > 0);
    await sleep(3000);
    assert.equal(laptop.resolve('post.local'), '192.168.8.1');
    assert.equal(signpost.lines.length, 1, signpost.lines.join('\n'));
    const renames = resolved.conflicts.filter((line) => line.includes('changing published hostname'));
    // It may meet the conflict by both families before it has done with the first.
    assert.ok([1, 2].includes(renames.length), resolved.conflicts.join('\n'));
  }
  await using resolved = await Resolved.start(other);
  await until(() => laptop.resolve('post.local') === '192.168.8.5');
  await using signpost = await announce(desk);
  await until(() => signpost.lines.some((line) => line.includes('another host has the name post.local')));
  await until(() => laptop.resolve('post-2.local') === '192.168.8.1');
  assert.equal(laptop.resolve('post.local'), '192.168.8.5');
  assert.deepEqual(resolved.conflicts, []);
});
