import { constants } from 'node:http2';
import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { FormatError } from '../wire/errors.ts';
import { readMessage } from '../wire/message.ts';
import type { Message } from '../wire/message.ts';
import { MAXIMUM_MESSAGE_BYTES } from '../wire/writer.ts';
import { systemErrorText } from './upstream-error.ts';
import type { UpstreamErrorKind } from './upstream-error.ts';

/** The media type of DNS messages in HTTP (RFC 8484, section 6). */
export const MEDIA_TYPE = 'application/dns-message';

/** One DNS query as an HTTP/2 request, and the response to come. */
export class HttpsExchange {
  /** Told once when there is a reply or an error. */
  whenDone: (answered: boolean) => void = () => undefined;
  readonly #stream: ClientHttp2Stream;
  readonly #resolve: (message: Message) => void;
  readonly #reject: (reason: string, kind?: UpstreamErrorKind) => void;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #isDone = false;

  /** @param reject is given no kind when it is the connection that failed */
  constructor(
    stream: ClientHttp2Stream,
    resolve: (message: Message) => void,
    reject: (reason: string, kind?: UpstreamErrorKind) => void,
  ) {
    this.#stream = stream;
    this.#resolve = resolve;
    this.#reject = reject;
    stream.on('response', (headers) => {
      const error = headError(headers);
      if (error !== undefined) this.fail(error, 'network');
    });
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    stream.on('end', () => this.#end());
    stream.on('error', (error) => this.fail(systemErrorText(error)));
    stream.on('close', () => this.fail('EOF'));
  }

  /** Gives the query up. */
  fail(reason: string, kind?: UpstreamErrorKind): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#reject(reason, kind);
    this.whenDone(false);
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
    this.#resolve(message);
    this.whenDone(true);
  }
}

function headError(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): string | undefined {
  if (headers[':status'] !== 200) return `unexpected HTTP status ${headers[':status']}`;
  const type = headers['content-type'] ?? 'none';
  return type.startsWith(MEDIA_TYPE) ? undefined : `unexpected content type ${type}; expected ${MEDIA_TYPE}`;
}
