import type { Message } from '../wire/message.ts';
import type { UpstreamQuery } from './in-flight.ts';

/** A socket to an upstream that takes any number of queries at once. */
export interface Connection {
  /** Queries that wait for their reply. */
  readonly inFlight: number;
  /** Whether it may be given further queries. */
  readonly usable: boolean;
  /** @param timeout milliseconds for the reply, and for connecting before it */
  exchange(query: UpstreamQuery, timeout: number): Promise<Message>;
  /** Closes the socket; what is in flight fails. */
  close(): void;
}

/** What a connection tells the pool that owns it. */
export interface ConnectionOwner {
  /** Nothing is in flight on it any more. */
  idle(connection: Connection): void;
  /** It can take no more queries. */
  gone(connection: Connection): void;
}
