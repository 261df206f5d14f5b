import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlagError, parseFlags, usage, type Flags } from './flags.ts';

const defaults: Flags = {
  conf: '',
  port: 53,
  pidfile: '',
  plugins: false,
  quiet: false,
  version: false,
  validate: false,
  help: false,
};

const good: [title: string, argv: string[], expected: Partial<Flags>][] = [
  ['nothing', [], {}],
  ['a value behind', ['-conf', 'x'], { conf: 'x' }],
  ['a value with =', ['-conf=x=y'], { conf: 'x=y' }],
  ['two dashes', ['--conf', 'x', '--pidfile=y'], { conf: 'x', pidfile: 'y' }],
  ['an empty value', ['-conf='], { conf: '' }],
  ['a value that looks like a flag', ['-conf', '-quiet'], { conf: '-quiet' }],
  ['the port by either name, the last one counts', ['-dns.port=5', '-p', '6'], { port: 6 }],
  ['and the other way round', ['-p', '6', '-dns.port', '5'], { port: 5 }],
  ['port 0', ['-p', '0'], { port: 0 }],
  [
    'switches',
    ['-plugins', '-quiet', '-version', '-validate'],
    { plugins: true, quiet: true, version: true, validate: true },
  ],
  ['a switch turned off', ['-quiet', '-quiet=false'], { quiet: false }],
  ["Go's spellings of true", ['-quiet=T', '-version=1'], { quiet: true, version: true }],
  ['the end of flags', ['-quiet', '--'], { quiet: true }],
  ['-h', ['-h'], { help: true }],
  ['--help ends the reading', ['--help', '-nonsense'], { help: true }],
];
for (const [title, argv, expected] of good) {
  test(`parseFlags: ${title}`, () => {
    assert.deepEqual(parseFlags(argv), { ...defaults, ...expected });
  });
}

const all = '-conf, -dns.port, -p, -pidfile, -plugins, -quiet, -validate, -version, -help';
const bad: [title: string, argv: string[], message: string][] = [
  [
    'an unknown flag near another',
    ['-pidfle', 'x'],
    'flag provided but not defined: -pidfle; did you mean -pidfile?',
  ],
  ['an unknown flag', ['-x'], `flag provided but not defined: -x; flags are ${all}`],
  [
    'no flag at all',
    ['-quiet', 'Corefile'],
    'extra command line arguments: Corefile; expected only flags, see -help',
  ],
  ['a flag without its dash', ['confg', 'x'], 'extra command line arguments: confg x; did you mean -conf?'],
  [
    'a value behind a switch',
    ['-quiet', 'true'],
    'extra command line arguments: true; expected only flags, see -help',
  ],
  ['words behind --', ['--', '-quiet'], 'extra command line arguments: -- -quiet; did you mean -quiet?'],
  ['a lone dash', ['-'], 'extra command line arguments: -; expected only flags, see -help'],
  ['a missing value', ['-conf'], 'flag needs an argument: -conf FILE'],
  ['a port of letters', ['-p', 'dns'], "invalid value 'dns' for -dns.port: expected 0 to 65535"],
  ['a port out of range', ['-p=65536'], "invalid value '65536' for -dns.port: expected 0 to 65535"],
  [
    'a bad switch value',
    ['-quiet=maybe'],
    "invalid boolean value 'maybe' for -quiet: expected true or false",
  ],
  ['three dashes', ['---quiet'], 'bad flag syntax: ---quiet; expected -name, -name=value or -name value'],
  ['no name', ['-=x'], 'bad flag syntax: -=x; expected -name, -name=value or -name value'],
  [
    'a flag of Windows',
    ['-windows-service'],
    '-windows-service is known from CoreDNS but not supported; use a service manager',
  ],
];
for (const [title, argv, message] of bad) {
  test(`parseFlags refuses ${title}`, () => {
    assert.throws(() => parseFlags(argv), new FlagError(message));
  });
}

test('usage names every flag', () => {
  const text = usage();
  for (const name of all.split(', ')) assert.ok(text.includes(`${name} `), name);
});
