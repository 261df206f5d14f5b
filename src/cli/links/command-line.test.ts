import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlagError } from '../flags.ts';
import { asksForHelp, parseAnnounce, parseBrowse } from './command-line.ts';

const browses = [
  { words: [], type: undefined, interfaces: [], json: false },
  { words: ['_ipp._tcp'], type: '_ipp._tcp', interfaces: [], json: false },
  { words: ['_ipp._tcp.local.', '--json'], type: '_ipp._tcp', interfaces: [], json: true },
  { words: ['_color._sub._ipp._tcp'], type: '_color._sub._ipp._tcp', interfaces: [], json: false },
  {
    words: ['--interface', 'eth0', '--interface=eth1'],
    type: undefined,
    interfaces: ['eth0', 'eth1'],
    json: false,
  },
];
for (const { words, ...expected } of browses) {
  test(`browse ${words.join(' ')}`, () => assert.deepEqual(parseBrowse(words), expected));
}

test('announce takes a name, a type, a port and texts, with options anywhere', () => {
  const words = ['Front door', '_http._tcp', '--interface', 'eth0', '8443', 'path=/door', '--', '--x'];
  assert.deepEqual(parseAnnounce(words), {
    name: 'Front door',
    type: '_http._tcp',
    subtypes: [],
    port: 8443,
    text: ['path=/door', '--x'],
    interfaces: ['eth0'],
  });
});

test('announce takes a type with a subtype in front', () => {
  const { type, subtypes } = parseAnnounce(['Laser', '_color._sub._ipp._tcp', '631']);
  assert.deepEqual([type, subtypes], ['_ipp._tcp', ['_color']]);
});

test('help is asked for where options may stand', () => {
  assert.deepEqual(
    [['_ipp._tcp', '--help'], ['-h'], ['Door', '--', '-h'], []].map((words) => asksForHelp(words)),
    [true, true, false, false],
  );
});

const refused: readonly [title: string, run: () => unknown, message: RegExp][] = [
  ['a type without a protocol', () => parseBrowse(['_ipp']), /'_ipp' is no type .* such as _http\._tcp/],
  [
    'two types',
    () => parseBrowse(['_ipp._tcp', '_http._tcp']),
    /unexpected '_http\._tcp'; expected signpost browse/,
  ],
  ['an unknown option', () => parseBrowse(['--jsno']), /unknown option '--jsno'; did you mean --json\?/],
  ['an interface without a name', () => parseBrowse(['--interface']), /--interface needs a name/],
  ['too few words', () => parseAnnounce(['Door', '_http._tcp']), /too few words; expected signpost announce/],
  ['a port that is none', () => parseAnnounce(['Door', '_http._tcp', '0']), /invalid port '0'/],
  ['a name without a letter', () => parseAnnounce(['', '_http._tcp', '80']), /name '' takes 0 bytes/],
  [
    'a name that is too long',
    () => parseAnnounce(['é'.repeat(32), '_http._tcp', '80']),
    /takes 64 bytes; expected 1 to 63/,
  ],
  [
    'a text that is too long',
    () => parseAnnounce(['Door', '_http._tcp', '80', 'x'.repeat(256)]),
    /longer than 255/,
  ],
];
for (const [title, run, message] of refused) {
  test(`refused: ${title}`, () => {
    assert.throws(run, (error) => error instanceof FlagError && message.test(error.message));
  });
}
