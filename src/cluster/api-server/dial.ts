import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../plugin/clock.ts';
import { plainError } from './carrier.ts';
import type { ApiEndpoint } from './credentials.ts';

/** A TLS connection that is being made. */
export interface Dialling {
  readonly socket: TLSSocket;
  /** Resolves when the server has shown that it is the right one; `socket.alpnProtocol` tells what it speaks. */
  readonly connected: Promise<TLSSocket>;
}

/** Connects to an `https:` endpoint, offering HTTP/2 and HTTP/1.1. Gives up after ten seconds. */
export function dial(endpoint: ApiEndpoint, clock: Clock): Dialling {
  const { server, context, serverName, verified } = endpoint;
  const host = hostOf(server);
  const socket = connect({
    host,
    port: portOf(server),
    servername: serverName ?? (isIP(host) === 0 ? host : ''),
    ...(context === undefined ? {} : { secureContext: context }),
    rejectUnauthorized: verified,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE);
  const connected = new Promise<TLSSocket>((resolve, reject) => {
    const timer = clock.after(CONNECT_LIMIT, () =>
      socket.destroy(new Error(`no connection within ${CONNECT_LIMIT / 1000} s`)),
    );
    socket.on('error', (error) => reject(plainError(server.host, error)));
    socket.on('close', () => {
      timer.cancel();
      reject(new Error(`${server.host}: the connection was closed`));
    });
    socket.on('secureConnect', () => {
      timer.cancel();
      resolve(socket);
    });
  });
  return { socket, connected };
}

/** Milliseconds from the first packet to the end of the handshake. */
const CONNECT_LIMIT = 10_000;

/** Milliseconds of silence before the operating system asks whether the peer is still there. */
export const KEEP_ALIVE = 10_000;

/** An address without brackets, or a name. */
export function hostOf(server: URL): string {
  return server.hostname.replace(/^\[|\]$/g, '');
}

export function portOf(server: URL): number {
  if (server.port !== '') return Number(server.port);
  return server.protocol === 'http:' ? 80 : 443;
}
