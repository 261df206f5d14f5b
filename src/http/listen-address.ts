import { CorefileError, type Position } from '../corefile/corefile.ts';

/** A host and port to listen on. */
export interface ListenAddress {
  /** Empty: all addresses. IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * The address of a plugin's `[HOST]:PORT` argument.
 * @throws CorefileError at `position` when it is none
 */
export function listenAddress(text: string, position: Position): ListenAddress {
  const address = parseListenAddress(text);
  if (typeof address === 'string') throw new CorefileError(position, address);
  return address;
}

/** Writes an address as it is written in a Corefile. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Reads `[HOST]:PORT` as Go does: `:8080`, `localhost:8080`, `[::1]:8080`. Returns what is wrong with it as text.
 */
export function parseListenAddress(text: string): ListenAddress | string {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0));
  if (colon < 0 || text.endsWith(']'))
    return `missing port in address '${text}'; expected HOST:PORT or :PORT`;
  if (host.includes(':') && !(host.startsWith('[') && host.endsWith(']'))) {
    return `too many colons in address '${text}'; expected IPv6 in brackets, such as [::1]:8080`;
  }
  const port = text.slice(colon + 1);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    return `invalid port '${port}' in address '${text}'; expected 0 to 65535`;
  }
  const plain = host.startsWith('[') ? host.slice(1, -1) : host;
  if (/[[\]\s/]/.test(plain)) return `invalid host '${host}' in address '${text}'`;
  return { host: plain, port: Number(port) };
}
