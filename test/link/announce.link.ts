import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Lateness } from '../kit/lateness.ts';
import { until } from '../kit/until.ts';
import { Avahi } from './avahi.ts';
import { Command, signpost } from './command.ts';
import { Lan } from './lan.ts';
import type { Host } from './lan.ts';

/** Real Avahi finds what `signpost announce` says, and `signpost browse` what Avahi says. */

const lan = new Lan();
const lateness = new Lateness();
let desk: Host;
let laptop: Avahi;

before(async () => {
  const home = lan.link('home');
  desk = lan.host('desk');
  desk.join(home, 'eth0', '192.168.8.1/24');
  const other = lan.host('laptop');
  other.join(home, 'eth0', '192.168.8.2/24');
  laptop = await Avahi.start(other, 'laptop', [
    { name: 'Notes', type: '_http._tcp', port: 8080, text: ['path=/n'] },
  ]);
});

after(async () => {
  await laptop.stop();
  lan[Symbol.dispose]();
  await lateness[Symbol.asyncDispose]();
});

test('avahi-browse finds an announced service within two seconds, and its end', async (t) => {
  const browsing = laptop.follow('_http._tcp');
  const line = (sign: string): string | undefined =>
    browsing.lines.find((each) => each.startsWith(`${sign};eth0;IPv4;Front\\032door;`));
  await using web = new Command(desk, 'announce', 'Front door', '_http._tcp', '8443', 'path=/door');
  await until(() => web.lines.some((each) => each.includes('is announced')));
  const [announced, late] = [performance.now(), lateness.measure()];
  await until(() => line('=') !== undefined);
  const found = performance.now() - announced - late();
  assert.match(line('=')!, /;192\.168\.8\.1;8443;"path=\/door"$/);
  const [ended, lateThen] = [performance.now(), lateness.measure()];
  await web.stop();
  await until(() => line('-') !== undefined);
  const gone = performance.now() - ended - lateThen();
  browsing.stop();
  t.diagnostic(`found after ${found.toFixed(0)} ms, gone after ${gone.toFixed(0)} ms`);
  assert.ok(found <= 2000 && gone <= 2000, `found after ${found} ms, gone after ${gone} ms`);
});

test('a name that Avahi has is left to it: the newcomer takes the next', async () => {
  await using notes = new Command(desk, 'announce', 'Notes', '_http._tcp', '9000');
  await until(() => notes.lines.some((line) => line.includes("'Notes (2)' of _http._tcp is announced")));
  assert.equal(notes.lines.filter((line) => line.includes('taken')).length, 1, notes.lines.join('\n'));
  const found = new Set(laptop.browse('_http._tcp').map((line) => line.split(';')[3]));
  assert.deepEqual([...found].sort(), ['Notes', 'Notes\\032\\0402\\041']);
});

test('signpost browse finds what Avahi offers, in lines of JSON', async () => {
  await using browsing = new Command(desk, 'browse', '_http._tcp', '--interface', 'eth0', '--json');
  await until(() => browsing.lines.length > 0);
  assert.deepEqual(
    { ...(JSON.parse(browsing.lines[0]!) as object), addresses: [] },
    {
      event: 'found',
      interface: 'eth0',
      instance: 'Notes',
      type: '_http._tcp',
      host: 'laptop.local.',
      port: 8080,
      addresses: [],
      text: ['path=/n'],
    },
  );
});

test('signpost browse ends when nobody reads its lines any more', async () => {
  const script = `("${signpost}" browse --json --interface eth0; echo "ended with $?" >&2) | head -1`;
  const [program, ...rest] = [...desk.launcher, 'sh', '-c', script];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [told, complaints] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  await until(() => told.includes('\n'));
  // It notices when it has something to tell.
  const bell = new Command(desk, 'announce', 'Bell', '_http._tcp', '9001');
  try {
    await until(() => complaints.includes('ended with'));
  } finally {
    await bell.stop();
  }
  assert.match(told, /^\{"event":"found","interface":"eth0","instance":"Notes",.*\}\n$/);
  assert.equal(complaints, 'ended with 0\n');
});
