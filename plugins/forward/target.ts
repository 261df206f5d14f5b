import { isIP, isIPv4, isIPv6 } from 'node:net';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Position } from '../../src/corefile/corefile.ts';
import { checkServerName } from './encryption-options.ts';
import type { EncryptedTarget, HostTarget, Target } from './options.ts';

const DNS_PORT = 53;
/** The path of DNS over HTTPS (RFC 8484 leaves it to the server; this is everybody's). */
const DNS_QUERY_PATH = '/dns-query';
const ENCRYPTED_PORTS = { tls: 853, https: 443 } as const;

/**
 * Reads one TO. What is no address is taken for a file name; whether there is such a file, or a host is meant, shows
 * at setup.
 * @throws CorefileError for what forward does not know
 */
export function parseTarget(text: string, position: Position): Target {
  const separator = text.indexOf('://');
  const scheme = separator < 0 ? undefined : text.slice(0, separator);
  const rest = separator < 0 ? text : text.slice(separator + 3);
  if (scheme === 'tls' || scheme === 'https') return parseEncrypted(scheme, rest, text, position);
  if (scheme !== undefined && scheme !== 'dns') {
    throw new CorefileError(
      position,
      `'${text}': unsupported transport '${scheme}'; expected dns://, tls:// or https://`,
    );
  }
  const target = parseAddress(rest, position);
  if (target !== undefined) return target;
  if (scheme !== undefined || (!rest.includes('/') && /:\d*$/.test(rest))) return parseHost(rest, position);
  return { kind: 'file', path: rest };
}

/**
 * Reads `IP[%servername][:port]` or `host[%servername][:port]`; the server's name may also stand within the brackets of
 * an IPv6 address. The path that is asked anyway may stand behind it.
 */
function parseEncrypted(
  scheme: EncryptedTarget['scheme'],
  rest: string,
  text: string,
  position: Position,
): Target {
  if (scheme === 'https' && rest.endsWith(DNS_QUERY_PATH)) rest = rest.slice(0, -DNS_QUERY_PATH.length);
  if (rest.includes('/')) {
    throw new CorefileError(position, `'${text}': expected no path but /dns-query, which is what is asked`);
  }
  const percent = rest.indexOf('%');
  const { place, name } =
    percent < 0 ? { place: rest, name: undefined } : splitServerName(rest, percent, position);
  const port = ENCRYPTED_PORTS[scheme];
  const target = parseAddress(place, position, port) ?? parseHost(place, position, port);
  return { ...target, encrypted: { scheme, serverName: name } };
}

function splitServerName(rest: string, percent: number, position: Position): { place: string; name: string } {
  let end = percent + 1;
  while (end < rest.length && rest[end] !== ':' && rest[end] !== ']') end++;
  const before = rest.slice(0, percent);
  const address = isIPv6(before) ? `[${before}]` : before;
  return {
    place: address + rest.slice(end),
    name: checkServerName(rest.slice(percent + 1, end), position),
  };
}

/** Reads `IP`, `IP:port`, `[IPv6]` or `[IPv6]:port`; undefined when it is something else. */
export function parseAddress(
  text: string,
  position: Position,
  defaultPort = DNS_PORT,
): (Target & { kind: 'address' }) | undefined {
  if (isIP(text) !== 0 && !text.includes('%')) return { kind: 'address', address: text, port: defaultPort };
  const colon = text.lastIndexOf(':');
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    const address = text.slice(1, end);
    if (end < 0 || !isIPv6(address) || address.includes('%')) {
      throw new CorefileError(position, `'${text}' is not an IP address; expected [IPv6] or [IPv6]:port`);
    }
    if (end === text.length - 1) return { kind: 'address', address, port: defaultPort };
    if (colon !== end + 1) throw new CorefileError(position, `'${text}': expected a port after ']:'`);
    return { kind: 'address', address, port: parsePort(text, colon, position) };
  }
  const address = colon < 0 ? '' : text.slice(0, colon);
  if (!isIPv4(address)) return undefined;
  return { kind: 'address', address, port: parsePort(text, colon, position) };
}

/**
 * Reads `host` or `host:port`.
 * @throws CorefileError when it can be no host
 */
export function parseHost(text: string, position: Position, defaultPort = DNS_PORT): HostTarget {
  const colon = text.lastIndexOf(':');
  const name = (colon < 0 ? text : text.slice(0, colon)).toLowerCase();
  const host = name.endsWith('.') ? name.slice(0, -1) : name;
  if (!isHostName(host)) {
    throw new CorefileError(position, `not an IP address or file: '${text}'; nor is it the name of a host`);
  }
  return { kind: 'host', host, port: colon < 0 ? defaultPort : parsePort(text, colon, position) };
}

/** A name that ends in a number is an address gone wrong, as URLs have it too. */
function isHostName(text: string): boolean {
  const labels = text.split('.');
  return (
    text.length < 254 &&
    labels.every((label) => /^[\w-]{1,63}$/.test(label)) &&
    !/^\d+$/.test(labels[labels.length - 1]!)
  );
}

function parsePort(text: string, colon: number, position: Position): number {
  const digits = text.slice(colon + 1);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port > 0 && port < 65_536) return port;
  throw new CorefileError(position, `'${text}': invalid port '${digits}'; expected 1 to 65535`);
}
