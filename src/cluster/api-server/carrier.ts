import type { ApiCall } from './api-connection.ts';
import type { ApiEndpoint } from './credentials.ts';
import type { RunningRequest } from './running-request.ts';

/** What takes requests to an API server: a connection of HTTP/2, or several of HTTP/1.1. */
export interface Carrier {
  readonly endpoint: ApiEndpoint;
  /** It takes new requests. */
  readonly usable: boolean;
  /** Seconds; see `ApiConnection`. */
  readonly longestWatch: number;
  /** @param call its path as the server is to see it */
  send(call: ApiCall, headers: Readonly<Record<string, string>>, request: RunningRequest): void;
  /** Takes no more requests, and closes when those that run have ended. */
  retire(): void;
  /** Ends all requests with an error, and closes. */
  fail(error: Error): void;
}

/** An error as operators can read it: what went wrong, and with whom. @param name `10.96.0.1:443` */
export function plainError(name: string, error: unknown): Error {
  // Several addresses that all failed are told as one error without a message.
  const cause = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { message, code = '', reason } = cause as NodeJS.ErrnoException & { reason?: string };
  // OpenSSL's messages are full of numbers; their reason says it.
  const text = (/^(EPROTO|ERR_SSL)/.test(code) ? reason : undefined) ?? message;
  return new Error(text.startsWith('connect ') || text.includes(name) ? text : `${name}: ${text}`, { cause });
}
