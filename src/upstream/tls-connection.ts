import type { TLSSocket } from 'node:tls';
import type { TlsDialer } from './encryption.ts';

/**
 * A stream for DNS over TLS (RFC 7858). What is written stays here until the server has shown that it is the right
 * one: a query must not go to whoever took its place.
 */
export function openTls(dialer: TlsDialer): TLSSocket {
  const socket = dialer.dial();
  socket.cork();
  socket.once('secureConnect', () => socket.uncork());
  return socket;
}
