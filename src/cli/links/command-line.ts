import { nearest } from '../../corefile/nearest.ts';
import { FlagError } from '../flags.ts';

/** What `signpost browse` is asked for. */
export interface BrowseWords {
  /** `_ipp._tcp`; undefined: all types. */
  readonly type: string | undefined;
  readonly interfaces: readonly string[];
  /** An object for each event, in a line each. */
  readonly json: boolean;
}

/** What `signpost announce` is asked for. */
export interface AnnounceWords {
  /** What people see. */
  readonly name: string;
  readonly type: string;
  /** `_color` of `_color._sub._http._tcp`. */
  readonly subtypes: readonly string[];
  readonly port: number;
  readonly text: readonly string[];
  readonly interfaces: readonly string[];
}

const BROWSE_USAGE = 'signpost browse [TYPE] [--interface NAME]... [--json]';
const ANNOUNCE_USAGE = 'signpost announce NAME TYPE PORT [TEXT]... [--interface NAME]...';
/** RFC 6335, section 5.1, and the two protocols of RFC 6763, section 7. */
const SERVICE_TYPE = /^(_[a-z0-9-]{1,63}\._sub\.)?_[a-z0-9](-?[a-z0-9]){0,14}\._(tcp|udp)$/i;
const HELP = ['-h', '-help', '--help'];
const SUBTYPE_MARK = '._sub.';
/** Bytes of a label, and of a string of TXT. */
const LABEL_BYTES = 63;
const TEXT_BYTES = 255;

/** Whether the words behind a command ask what it takes. */
export function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.some((word, index) => HELP.includes(word) && (end < 0 || index < end));
}

/** Reads the words behind `browse`. @throws FlagError */
export function parseBrowse(words: readonly string[]): BrowseWords {
  const { rest, interfaces, switches } = split(words, ['json'], BROWSE_USAGE);
  if (rest.length > 1) throw new FlagError(`unexpected '${rest[1]}'; expected ${BROWSE_USAGE}`);
  const [type] = rest;
  return { type: type === undefined ? undefined : serviceType(type), interfaces, json: switches.has('json') };
}

/** Reads the words behind `announce`. @throws FlagError */
export function parseAnnounce(words: readonly string[]): AnnounceWords {
  const { rest, interfaces } = split(words, [], ANNOUNCE_USAGE);
  const [name, type, port, ...text] = rest;
  if (port === undefined) throw new FlagError(`too few words; expected ${ANNOUNCE_USAGE}`);
  const size = Buffer.byteLength(name!);
  if (size === 0 || size > LABEL_BYTES) {
    throw new FlagError(`name '${name}' takes ${size} bytes; expected 1 to ${LABEL_BYTES}`);
  }
  const long = text.find((each) => Buffer.byteLength(each) > TEXT_BYTES);
  if (long !== undefined) throw new FlagError(`text '${long}' is longer than ${TEXT_BYTES} bytes`);
  const parts = serviceType(type!).split(SUBTYPE_MARK);
  const subtypes = parts.slice(0, -1);
  return { name: name!, type: parts.at(-1)!, subtypes, port: portNumber(port), text, interfaces };
}

/** @throws FlagError when it is no type of services */
function serviceType(text: string): string {
  const type = text.replace(/\.local\.?$|\.$/, '');
  if (SERVICE_TYPE.test(type)) return type;
  throw new FlagError(`'${text}' is no type of services; expected one such as _http._tcp`);
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new FlagError(`invalid port '${text}'; expected 1 to 65535`);
}

interface SplitWords {
  readonly rest: string[];
  readonly interfaces: string[];
  readonly switches: ReadonlySet<string>;
}

/** Takes the options out, wherever they stand; behind `--` nothing is one. */
function split(words: readonly string[], names: readonly string[], usage: string): SplitWords {
  const rest: string[] = [];
  const interfaces: string[] = [];
  const switches = new Set<string>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === '--') return { rest: [...rest, ...words.slice(index + 1)], interfaces, switches };
    const [, option, value] = /^--?([a-z][a-z-]*)(?:=(.*))?$/.exec(word) ?? [];
    if (option === undefined) rest.push(word);
    else if (option === 'interface') {
      const name = value ?? words[++index];
      if (name === undefined || name === '') throw new FlagError('--interface needs a name, such as eth0');
      interfaces.push(name);
    } else if (names.includes(option) && value === undefined) switches.add(option);
    else {
      const known = nearest(option, ['interface', ...names]);
      throw new FlagError(
        `unknown option '${word}'; ${known === undefined ? `expected ${usage}` : `did you mean --${known}?`}`,
      );
    }
  }
  return { rest, interfaces, switches };
}
