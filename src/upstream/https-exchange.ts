import { constants } from 'node:http2';
import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { FormatError } from '../wire/errors.ts';
import { readMessage } from '../wire/message.ts';
import type { Message } from '../wire/message.ts';
import { MAXIMUM_MESSAGE_BYTES } from '../wire/writer.ts';
import type { ReplyListener } from './connection.ts';
import type { Deadline } from '../plugin/deadline-queue.ts';
import { systemErrorText } from './upstream-error.ts';
import type { UpstreamError, UpstreamErrorKind } from './upstream-error.ts';

/** The media type of DNS messages in HTTP (RFC 8484, section 6). */
export const MEDIA_TYPE = 'application/dns-message';

/** What an exchange needs of its connection. */
export interface HttpsExchangeOwner {
  /** Told once, before the listener is, when there is a reply or an error. */
  ended(exchange: HttpsExchange, answered: boolean): void;
  /** Takes no further query. */
  retire(): void;
  /** @param kind left out when it is the connection that failed */
  error(reason: string, kind?: UpstreamErrorKind): UpstreamError;
}

/** One DNS query as an HTTP/2 request, and the response to come. */
export class HttpsExchange implements Deadline {
  deadline = 0;
  place = -1;
  readonly #stream: ClientHttp2Stream;
  readonly #owner: HttpsExchangeOwner;
  readonly #listener: ReplyListener;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #isDone = false;

  constructor(stream: ClientHttp2Stream, owner: HttpsExchangeOwner, listener: ReplyListener) {
    this.#stream = stream;
    this.#owner = owner;
    this.#listener = listener;
    stream.on('response', (headers) => {
      const error = headError(headers);
      if (error !== undefined) this.fail(error, 'network');
    });
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    stream.on('end', () => this.#end());
    stream.on('error', (error) => this.fail(systemErrorText(error)));
    stream.on('close', () => this.fail('EOF'));
  }

  expire(): void {
    this.#owner.retire();
    this.fail('i/o timeout', 'timeout');
  }

  /** Gives the query up. */
  fail(reason: string, kind?: UpstreamErrorKind): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#stream.close(constants.NGHTTP2_CANCEL);
    const error = this.#owner.error(reason, kind);
    this.#owner.ended(this, false);
    this.#listener.failed(error);
  }

  #receive(bytes: Buffer): void {
    if (this.#isDone) return;
    this.#size += bytes.length;
    if (this.#size > MAXIMUM_MESSAGE_BYTES) this.fail('the response is longer than a DNS message', 'network');
    else this.#chunks.push(bytes);
  }

  #end(): void {
    // A stream that breaks off before its head ends too; `close` tells of that.
    if (this.#isDone || this.#size === 0) return;
    let message: Message;
    try {
      message = readMessage(this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.fail(`dns: ${error.message}`, 'network');
      return;
    }
    this.#isDone = true;
    this.#owner.ended(this, true);
    this.#listener.replied(message);
  }
}

function headError(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): string | undefined {
  if (headers[':status'] !== 200) return `unexpected HTTP status ${headers[':status']}`;
  const type = headers['content-type'] ?? 'none';
  return type.startsWith(MEDIA_TYPE) ? undefined : `unexpected content type ${type}; expected ${MEDIA_TYPE}`;
}
