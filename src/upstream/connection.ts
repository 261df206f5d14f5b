import type { Message } from '../wire/message.ts';
import type { UpstreamQuery } from './in-flight.ts';

/** Who waits for what comes of a query. Told once, and never before the call that sends the query has returned. */
export interface ReplyListener {
  /** There is a reply, whatever it says. */
  replied(message: Message): void;
  /** There is none. @param error an UpstreamError, or what makes the query one that cannot be written */
  failed(error: Error): void;
}

/** A socket to an upstream that takes any number of queries at once. */
export interface Connection {
  /** Queries that wait for their reply. */
  readonly inFlight: number;
  /** Whether it may be given further queries. */
  readonly usable: boolean;
  /**
   * @param timeout milliseconds for the reply, and for connecting before it
   * @throws Error when the query cannot be sent; the listener is told nothing then
   */
  exchange(query: UpstreamQuery, timeout: number, listener: ReplyListener): void;
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

/** Sends a query. What fails at once is told a little later, as all failures are. */
export function send(
  connection: Connection,
  query: UpstreamQuery,
  timeout: number,
  listener: ReplyListener,
): void {
  try {
    connection.exchange(query, timeout, listener);
  } catch (error) {
    failLater(listener, error);
  }
}

/** Tells a listener of a failure once the present call is over. */
export function failLater(listener: ReplyListener, error: unknown): void {
  queueMicrotask(() => listener.failed(error instanceof Error ? error : new Error(String(error))));
}
