import {
  duration,
  expectArguments,
  expectNoBlock,
  unknownProperty,
  zonesOrKeys,
} from '../../src/corefile/arguments.ts';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { isSubdomain, normaliseZones } from '../../src/corefile/zone.ts';
import type { BlockInfo } from '../../src/plugin/plugin.ts';
import { nameToWire, readName } from '../../src/wire/name.ts';
import { parseSharing } from './sharing-rule.ts';
import type { SharingRule } from './sharing-rule.ts';

/** One link, and the zones that show it. */
export interface LinkOptions {
  readonly interface: string;
  /** Lower case, fully qualified. */
  readonly zones: readonly string[];
  /** Names of the servers that answer for the zones, fully qualified; none: a name in each zone. */
  readonly nameServers: readonly string[];
  /** Names under `local.` are answered by unicast as well. */
  readonly local: boolean;
  /** Milliseconds to wait for the first answer of the link. */
  readonly timeout: number;
  /** What of it is seen on other links. */
  readonly sharing: readonly SharingRule[];
  /** Services of clusters are announced there; undefined: they are not. */
  readonly announce: AnnounceOptions | undefined;
}

/** How Services are announced. */
export interface AnnounceOptions {
  /** Keeps the names that were chosen, as written; undefined: nothing does. */
  readonly file: string | undefined;
}

export interface Options {
  readonly links: readonly LinkOptions[];
}

/** What is asked of links by multicast (RFC 6762, section 3). */
export const LOCAL = 'local.';

/** Three questions of multicast DNS: after 0, 1 and 3 seconds. A stub resolver gives up after five. */
const DEFAULT_TIMEOUT = 4000;
const LONGEST_TIMEOUT = 6000;
/** Zones of names of addresses. */
const REVERSE = ['in-addr.arpa.', 'ip6.arpa.'];
const PROPERTIES = ['interface', 'local', 'timeout', 'nameserver', 'share', 'announce'];

/** Reads `mdns [ZONES...] { … }`, once for each link. */
export function parse(directives: readonly Directive[], block: BlockInfo): Options {
  const links = directives.map((directive) => readLink(directive, block));
  for (const [index, link] of links.entries()) {
    for (const earlier of links.slice(0, index)) refuseTwice(directives[index]!, link, earlier);
  }
  return { links };
}

function readLink(directive: Directive, block: BlockInfo): LinkOptions {
  const draft: Draft = {
    interface: '',
    local: false,
    timeout: DEFAULT_TIMEOUT,
    nameServers: [],
    sharing: [],
    announce: undefined,
  };
  for (const property of directive.block ?? []) readProperty(property, draft);
  if (draft.interface === '') {
    throw new CorefileError(
      directive,
      "expected 'interface NAME' in the block: the link that the zones show",
    );
  }
  if (draft.sharing.some(({ to }) => to.includes(draft.interface))) {
    throw new CorefileError(
      directive,
      `${draft.interface} cannot share with itself; expected another interface`,
    );
  }
  const zones = readZones(directive, block);
  const inside = draft.nameServers.find((name) => zones.some((zone) => isSubdomain(zone, name)));
  if (inside !== undefined) {
    throw new CorefileError(
      directive,
      `nameserver ${inside} is a name of the link itself; expected one outside ${zones.join(' and ')}`,
    );
  }
  return { ...draft, zones };
}

/** Zones of addresses are left out: reverse names of the link are answered without being named. */
function readZones(directive: Directive, block: BlockInfo): string[] {
  const zones = zonesOrKeys(directive.arguments, block.keys).filter(
    (zone) => !REVERSE.some((reverse) => isSubdomain(reverse, zone)),
  );
  const tooWide = zones.find((zone) => zone === '.' || zone === LOCAL);
  if (tooWide === undefined && zones.length > 0) return zones.map(asInQueries);
  const hint = tooWide === LOCAL ? "; for .local by unicast there is the property 'local'" : '';
  const what = tooWide ?? directive.arguments.join(' ');
  throw new CorefileError(
    directive,
    `'${what}' cannot show a link${hint}; expected zones such as lan.example`,
  );
}

interface Draft {
  interface: string;
  local: boolean;
  timeout: number;
  nameServers: readonly string[];
  readonly sharing: SharingRule[];
  announce: AnnounceOptions | undefined;
}

function readProperty(property: Directive, draft: Draft): void {
  expectNoBlock(property);
  switch (property.name) {
    case 'interface':
      draft.interface = expectArguments(property, 1, 1, 'interface NAME')[0]!;
      break;
    case 'local':
      expectArguments(property, 0, 0);
      draft.local = true;
      break;
    case 'timeout':
      draft.timeout = duration(property, expectArguments(property, 1, 1, 'timeout DURATION')[0]!, {
        min: 0,
        max: LONGEST_TIMEOUT,
      });
      break;
    case 'nameserver':
      draft.nameServers = readNames(property, expectArguments(property, 1, Infinity, 'nameserver NAME...'));
      break;
    case 'share':
      draft.sharing.push(parseSharing(property));
      break;
    case 'announce':
      draft.announce = { file: expectArguments(property, 0, 1, 'announce [FILE]')[0] };
      break;
    default:
      unknownProperty(property, PROPERTIES);
  }
}

/**
 * A zone as queries have it: with the bytes of UTF-8, spaces and the like escaped. A zone that shows a link may be any
 * text that people read (RFC 8766, section 5.3).
 */
function asInQueries(zone: string): string {
  return readName(nameToWire(Buffer.from(zone).toString('latin1')), 0, true);
}

/** Names of hosts, lower case and fully qualified. */
function readNames(property: Directive, words: readonly string[]): string[] {
  return words.map((word) => {
    const [name, ...others] = normaliseZones([word]);
    if (name === undefined || name === '.' || others.length > 0) {
      throw new CorefileError(property, `'${word}' is no name of a server; expected one such as ns.example`);
    }
    return name;
  });
}

function refuseTwice(directive: Directive, link: LinkOptions, earlier: LinkOptions): void {
  if (link.interface === earlier.interface) {
    throw new CorefileError(directive, `interface ${link.interface} is shown twice in this server block`);
  }
  const zone = link.zones.find((name) => earlier.zones.includes(name));
  if (zone !== undefined) {
    throw new CorefileError(directive, `zone ${zone} shows two links; expected a zone of its own for each`);
  }
  if (link.local && earlier.local) {
    throw new CorefileError(directive, `'local' can be of one link: ${earlier.interface} has it already`);
  }
}
