import type { Logger } from '../log/logger.ts';
import type { MetricRegistry } from '../metrics/registry.ts';
import type { Clock } from '../plugin/clock.ts';
import type { Client } from '../server/query.ts';

/**
 * What a listener hands packets to. Replies are bytes; undefined: stay silent. Packet and reply both belong to whom
 * they are handed to: the system may have to keep a reply until it can be sent.
 */
export type PacketHandler = (
  packet: Uint8Array,
  client: Client,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** One listener: takes packets at an address and port, sends back what its handler answers. */
export interface Transport {
  /** For messages and benches: `udp by node:dgram`. */
  readonly name: string;
  /** The port listened on, once `listen` has resolved. */
  readonly port: number;
  /** May be replaced at any time: a reload swaps it. A query that is being answered stays with the old one. */
  handler: PacketHandler;
  /** Opens the sockets. Rejects with an Error that names address and port. */
  listen(): Promise<void>;
  /** Takes no new queries, answers what is pending, for at most `graceMilliseconds`, and closes. Twice does no harm. */
  close(graceMilliseconds: number): Promise<void>;
}

/** What every transport is made from. */
export interface TransportOptions {
  /** IP address; `''` is the wildcard: all IPv4 and IPv6 addresses of the machine. */
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** The metrics' label `server`: `dns://:53`. */
  readonly server: string;
  readonly handler: PacketHandler;
  readonly clock: Clock;
  readonly metrics: MetricRegistry;
  readonly log: Logger;
}

/**
 * Opens the transports of one address, listening, all on the same port; port 0 takes any that is free for all. Several
 * `sockets` share the clients of UDP between them.
 * Rejects with an Error that names address and port; nothing is left open then.
 */
export type OpenTransports = (
  address: string,
  port: number,
  server: string,
  sockets?: number,
) => Promise<readonly Transport[]>;
