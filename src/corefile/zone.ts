import { CorefileError, type Position } from './error.ts';
import { didYouMean } from './nearest.ts';
import { reverseZones } from './reverse.ts';

/** The transports a server block's key may name; the scheme's default port stands in `DEFAULT_PORTS`. */
export type Scheme = 'dns' | 'tls' | 'quic' | 'grpc' | 'https' | 'https3';

/** What a server block answers for: one zone on one port of one transport. */
export interface ZoneKey {
  readonly scheme: Scheme;
  /** Lower case, fully qualified: `example.org.`, `.`. */
  readonly zone: string;
  readonly port: number;
  /** `dns://example.org.:53`, the normalised form that logs and metrics show. */
  toString(): string;
}

/**
 * Whether `name` is `zone` or lies below it. Both are fully qualified, lower-case presentation form; a dot written
 * `\.` is part of its label. On the query path: allocates nothing.
 */
export function isSubdomain(zone: string, name: string): boolean {
  const start = name.length - zone.length;
  if (start <= 0) return start === 0 ? name === zone : false;
  if (zone === '.') return true;
  return isLabelEnd(name, start - 1) && name.endsWith(zone);
}

/**
 * The zones of a plugin's `[ZONES...]` arguments: scheme and port are stripped, networks (CIDR) become their
 * reverse zones, names are lower-cased and fully qualified. What is not a zone is dropped, as CoreDNS drops it.
 */
export function normaliseZones(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const parts = splitKey(name);
    return typeof parts === 'string' ? [] : parts.zones;
  });
}

/**
 * Reads one key of a server block, `[SCHEME://]ZONE[:PORT]`; a network (CIDR) becomes several keys.
 * @throws CorefileError at `position` when it is not one.
 */
export function parseZoneKey(text: string, position: Position, defaultPort: number): ZoneKey[] {
  const parts = splitKey(text);
  if (typeof parts === 'string') throw new CorefileError(position, parts);
  const port = parts.port ?? (parts.scheme === 'dns' ? defaultPort : DEFAULT_PORTS[parts.scheme]);
  return parts.zones.map((zone) => zoneKey(parts.scheme, zone, port));
}

/** Makes a key from parts that are already normalised. */
export function zoneKey(scheme: Scheme, zone: string, port: number): ZoneKey {
  return { scheme, zone, port, toString: () => `${scheme}://${zone}:${port}` };
}

/** The port of a key that names none; `-dns.port` replaces that of `dns` only. */
export const DEFAULT_PORTS: Readonly<Record<Scheme, number>> = {
  dns: 53,
  tls: 853,
  quic: 853,
  grpc: 443,
  https: 443,
  https3: 443,
};

const DOT = 0x2e;
const BACKSLASH = 0x5c;
/** Longest zone as it is written (CoreDNS), and longest name on the wire (RFC 1035 section 2.3.4). */
const MAXIMUM_LENGTH = 255;
const MAXIMUM_LABEL = 63;

interface KeyParts {
  readonly scheme: Scheme;
  readonly zones: string[];
  readonly port: number | undefined;
}

/** Returns the parts, or what is wrong with the text. */
function splitKey(text: string): KeyParts | string {
  const separator = text.indexOf('://');
  const scheme = separator < 0 ? 'dns' : text.slice(0, separator);
  if (!isScheme(scheme)) {
    const schemes = Object.keys(DEFAULT_PORTS);
    return `unknown scheme '${scheme}' in '${text}'${didYouMean(scheme, schemes)}; expected one of ${schemes.join(', ')}`;
  }
  let zone = separator < 0 ? text : text.slice(separator + 3);

  // Port: the digits after the last colon. A mask in front of it keeps IPv6 networks apart.
  let port: number | undefined;
  const colon = zone.lastIndexOf(':');
  if (zone === '') return `expected a zone in '${text}'`;
  if (colon === zone.length - 1) return `expected a port after the last colon of '${text}'`;
  if (colon >= 0 && /^\d+$/.test(zone.slice(colon + 1))) {
    port = Number(zone.slice(colon + 1));
    if (port > 65535) return `port of '${text}' is out of range; expected 0 to 65535`;
    zone = zone.slice(0, colon);
  }

  if (zone === '') return `expected a zone in front of the port in '${text}', such as .:${port}`;
  const bytes = Buffer.byteLength(zone);
  if (bytes > MAXIMUM_LENGTH) return `zone is too long: ${bytes} bytes; expected at most ${MAXIMUM_LENGTH}`;
  const zones = reverseZones(zone);
  if (zones !== undefined) return { scheme, zones, port };
  const problem = nameProblem(fullyQualified(zone));
  if (problem !== undefined) return `zone '${zone}' is not a valid domain name: ${problem}`;
  return { scheme, zones: [lowerCase(fullyQualified(zone))], port };
}

function isScheme(text: string): text is Scheme {
  return Object.hasOwn(DEFAULT_PORTS, text);
}

/** An odd number of backslashes in front of a dot makes it a character of its label (RFC 1035 section 5.1). */
function isLabelEnd(name: string, index: number): boolean {
  if (name.charCodeAt(index) !== DOT) return false;
  let before = index - 1;
  while (before >= 0 && name.charCodeAt(before) === BACKSLASH) before--;
  return (index - 1 - before) % 2 === 0;
}

function fullyQualified(name: string): string {
  return isLabelEnd(name, name.length - 1) ? name : `${name}.`;
}

/** Only A to Z: letter case is free in ASCII alone (RFC 4343). */
function lowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function nameProblem(name: string): string | undefined {
  if (name === '.') return undefined;
  const bytes = Buffer.from(name);
  let label = 0;
  let total = 1;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte !== DOT) {
      if (byte === BACKSLASH) {
        const escape = escapeLength(bytes, index + 1);
        if (escape === 0) return 'it has an escape that is not \\X or \\DDD up to \\255';
        index += escape;
      }
      label++;
      continue;
    }
    if (label === 0) return 'it has an empty label';
    if (label > MAXIMUM_LABEL) return `it has a label of ${label} bytes; expected at most ${MAXIMUM_LABEL}`;
    total += label + 1;
    label = 0;
  }
  return total > MAXIMUM_LENGTH ? `it takes ${total} bytes; expected at most ${MAXIMUM_LENGTH}` : undefined;
}

/** Characters behind the backslash that belong to the escape; 0 when there is no such escape. */
function escapeLength(bytes: Buffer, start: number): number {
  if (start >= bytes.length) return 0;
  if (!isDigit(bytes[start])) return 1;
  if (!isDigit(bytes[start + 1]) || !isDigit(bytes[start + 2])) return 0;
  return Number(bytes.toString('latin1', start, start + 3)) <= 255 ? 3 : 0;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
