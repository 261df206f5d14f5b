import type { Protocol } from '../server/query.ts';

/**
 * Why a socket could not be opened, worded as CoreDNS does and with what to do about it:
 * `listen udp 127.0.0.1:53: bind: address already in use`. Keeps the system's `code`.
 */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's name for the failure: `EADDRINUSE`. */
  readonly code: string;

  constructor(protocol: Protocol, address: string, port: number, cause: NodeJS.ErrnoException) {
    const host = address.includes(':') ? `[${address}]` : address;
    const code = cause.code ?? 'UNKNOWN';
    super(`listen ${protocol} ${host}:${port}: bind: ${REASONS.get(code) ?? cause.message}`, { cause });
    this.code = code;
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'address already in use'],
  ['EACCES', 'permission denied (ports below 1024 need root or the capability NET_BIND_SERVICE)'],
  ['EADDRNOTAVAIL', 'cannot assign requested address (no interface of this machine has it)'],
]);
