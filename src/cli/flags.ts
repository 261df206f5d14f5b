import { nearest } from '../corefile/nearest.ts';

/** What the command line asks for; the flags are CoreDNS's, and `-validate`. */
export interface Flags {
  /** `-conf`: a Corefile's path, `stdin`, or '' to look for ./Corefile. */
  readonly conf: string;
  /** `-dns.port` or `-p`: port of plain DNS keys that name none. */
  readonly port: number;
  /** `-pidfile`: where to write the process id after the start, or ''. */
  readonly pidfile: string;
  /** `-plugins`: list the plugins and exit. */
  readonly plugins: boolean;
  /** `-quiet`: no zone list and no banner on start. */
  readonly quiet: boolean;
  /** `-version`: print the version and exit. */
  readonly version: boolean;
  /** `-validate`: parse and set up the Corefile, open nothing, and exit. */
  readonly validate: boolean;
  /** `-h` or `-help`: print the usage and exit 0. */
  readonly help: boolean;
}

/** A command line that cannot be run. The message is for the person who typed it. */
export class FlagError extends Error {
  readonly code = 'ERR_FLAG';

  constructor(message: string) {
    super(message);
    this.name = 'FlagError';
  }
}

/**
 * Parses the words behind the program's name in Go's syntax: `-x`, `--x`, `-x=value`, `-x value`; switches take a
 * value only with `=`. The last of a repeated flag counts.
 * @throws FlagError for an unknown flag, a bad value, or a word that is no flag.
 */
export function parseFlags(argv: readonly string[]): Flags {
  const values: Mutable<Flags> = { ...DEFAULTS };
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--' && index === argv.length - 1) break;
    if (!word.startsWith('-') || word === '-' || word === '--') refuseExtra(argv.slice(index));
    const { name, value } = splitFlag(word);
    if (name === 'h' || name === 'help') {
      values.help = true;
      return values;
    }
    const flag = FLAGS.get(name);
    if (flag === undefined) return refuseUnknown(name);
    if (flag.set === undefined) {
      values[flag.field] = value === undefined || truth(name, value);
    } else {
      const text = value ?? argv[++index];
      if (text === undefined) throw new FlagError(`flag needs an argument: -${name} ${flag.value}`);
      flag.set(values, text);
    }
  }
  return values;
}

/** The text of `-help`. */
export function usage(program = 'signpost'): string {
  const lines = [...FLAGS].map(([name, flag]) => {
    const form = flag.set === undefined ? `-${name}` : `-${name} ${flag.value}`;
    return `  ${form.padEnd(18)} ${flag.effect}`;
  });
  const commands = [
    ['browse', 'show what is on the links: browse [TYPE] [--interface NAME] [--json]'],
    ['announce', 'offer a service there: announce NAME TYPE PORT [TEXT]... [--interface NAME]'],
  ].map(([name, effect]) => `  ${name!.padEnd(18)} ${effect}`);
  return [
    `Usage of ${program}:`,
    ...commands,
    ...lines,
    `  ${'-h, -help'.padEnd(18)} print this text`,
    '',
  ].join('\n');
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

type Switch = { readonly field: SwitchName; readonly effect: string; readonly set?: undefined };
type SwitchName = 'plugins' | 'quiet' | 'version' | 'validate';
type Valued = {
  readonly value: string;
  readonly effect: string;
  set(values: Mutable<Flags>, text: string): void;
};

const DEFAULTS: Flags = {
  conf: '',
  port: 53,
  pidfile: '',
  plugins: false,
  quiet: false,
  version: false,
  validate: false,
  help: false,
};

const FLAGS: ReadonlyMap<string, Switch | Valued> = new Map<string, Switch | Valued>([
  [
    'conf',
    {
      value: 'FILE',
      effect:
        'Corefile to load; "stdin" reads standard input (default ./Corefile, else whoami and log for .)',
      set(values, text) {
        values.conf = text;
      },
    },
  ],
  ['dns.port', { value: 'PORT', effect: 'port of zones that name none (default 53)', set: setPort }],
  ['p', { value: 'PORT', effect: 'the same as -dns.port', set: setPort }],
  [
    'pidfile',
    {
      value: 'FILE',
      effect: 'file to write the process id to',
      set(values, text) {
        values.pidfile = text;
      },
    },
  ],
  ['plugins', { field: 'plugins', effect: 'list the plugins and exit' }],
  ['quiet', { field: 'quiet', effect: 'do not print zones and version on start' }],
  ['validate', { field: 'validate', effect: 'check the Corefile without opening anything and exit' }],
  ['version', { field: 'version', effect: 'print the version and exit' }],
]);

function setPort(values: Mutable<Flags>, text: string): void {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65535)) throw new FlagError(`invalid value '${text}' for -dns.port: expected 0 to 65535`);
  values.port = port;
}

function splitFlag(word: string): { name: string; value: string | undefined } {
  const text = word.slice(word.startsWith('--') ? 2 : 1);
  if (text.startsWith('-') || text.startsWith('=')) {
    throw new FlagError(`bad flag syntax: ${word}; expected -name, -name=value or -name value`);
  }
  const equals = text.indexOf('=');
  if (equals < 0) return { name: text, value: undefined };
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** The spellings of Go's `strconv.ParseBool`. */
function truth(name: string, value: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw new FlagError(`invalid boolean value '${value}' for -${name}: expected true or false`);
}

function refuseExtra(words: readonly string[]): never {
  const flag = words.map((word) => nearest(word, names())).find((name) => name !== undefined);
  const hint = flag === undefined ? 'expected only flags, see -help' : `did you mean -${flag}?`;
  throw new FlagError(`extra command line arguments: ${words.join(' ')}; ${hint}`);
}

function refuseUnknown(name: string): never {
  if (name === 'windows-service') {
    throw new FlagError('-windows-service is known from CoreDNS but not supported; use a service manager');
  }
  const flag = nearest(name, names());
  const all = names().map((known) => `-${known}`);
  const hint = flag === undefined ? `flags are ${all.join(', ')}` : `did you mean -${flag}?`;
  throw new FlagError(`flag provided but not defined: -${name}; ${hint}`);
}

function names(): string[] {
  return [...FLAGS.keys(), 'help'];
}
