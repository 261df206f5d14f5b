import type { Endpoint } from '../endpoint.ts';

/** A connected UDP socket on a random port: the system drops what does not come from the upstream. */
export interface DatagramSocket {
  /** Sends a datagram, or not: one that finds no room is lost, as it may be on its way. The bytes are copied. */
  send(packet: Uint8Array): void;
  /** Afterwards nothing is told any more. */
  close(): void;
  /** Its own end, `127.0.0.1:40112`; empty while it has none. */
  readonly localName: string;
}

/** Who is told of what happens at a socket, never before the call that opens it or sends has returned. */
export interface DatagramListener {
  /** A datagram has come. Its memory is lent for the time of the call; it may be written to. */
  received(bytes: Uint8Array): void;
  /** It cannot be opened, or the system says that nobody is there. It is to be closed. */
  failed(error: NodeJS.ErrnoException): void;
}

/** Opens a socket of one of the kinds. */
export type OpenDatagramSocket = (endpoint: Endpoint, listener: DatagramListener) => DatagramSocket;
