import type { Clock, Timer } from '../../plugin/clock.ts';
import type { ApiConnection, ApiRequest, ApiResponse } from './api-connection.ts';
import { readStatus } from './read-status.ts';
import type { ApiStatus, BodyReader } from './watched-object.ts';

/** How a request came to its end. */
export type Outcome =
  | { readonly type: 'whole' }
  /** The API server said no. */
  | { readonly type: 'refused'; readonly status: ApiStatus }
  /** The connection broke, the body was malformed, or nothing came. */
  | { readonly type: 'broken'; readonly error: Error };

export interface ExchangeOptions {
  readonly connection: ApiConnection;
  readonly clock: Clock;
  /** With its query string. */
  readonly path: string;
  /** The body of a 200 goes here. May throw for content types that cannot be read. */
  reader(contentType: string): BodyReader;
  /** Whether silence ends the request now: not while a watch waits for something to happen. */
  isWaiting(): boolean;
  /** Called once, never before the constructor has returned, and not after `cancel`. */
  finished(outcome: Outcome): void;
}

/** Longest silence of a server that owes something, in milliseconds. */
export const PATIENCE = 30_000;
/** Most of a refusal's body that is kept, in bytes. */
const LONGEST_REFUSAL = 64 * 1024;

/** One GET from its start to exactly one outcome: bodies go to a reader, refusals are read, silence is ended. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #request: ApiRequest;
  readonly #watchdog: Timer;
  #response: ApiResponse | undefined;
  #reader: BodyReader | undefined;
  #refusal: Uint8Array[] = [];
  #refusalBytes = 0;
  #heard = false;
  #done = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#watchdog = options.clock.every(PATIENCE, () => this.#checkSilence());
    this.#request = options.connection.get(options.path, {
      responded: (response) => this.#responded(response),
      received: (bytes) => this.#received(bytes),
      ended: (error) => this.#ended(error),
    });
  }

  /** Nobody wants it any more. */
  cancel(): void {
    if (this.#done) return;
    this.#done = true;
    this.#watchdog.cancel();
    this.#request.cancel();
  }

  #responded(response: ApiResponse): void {
    if (this.#done) return;
    this.#heard = true;
    this.#response = response;
    if (response.status !== 200) return;
    try {
      this.#reader = this.#options.reader(response.contentType);
    } catch (error) {
      this.#abort(error as Error);
    }
  }

  #received(bytes: Uint8Array): void {
    if (this.#done) return;
    this.#heard = true;
    if (this.#reader === undefined) {
      this.#refusalBytes += bytes.length;
      if (this.#refusalBytes <= LONGEST_REFUSAL) this.#refusal.push(bytes.slice());
      return;
    }
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#abort(error as Error);
    }
  }

  #ended(error: Error | undefined): void {
    const response = this.#response;
    if (error !== undefined) this.#finish({ type: 'broken', error });
    else if (response === undefined) {
      this.#finish({ type: 'broken', error: new Error('ended without an answer') });
    } else if (response.status === 200) this.#finish({ type: 'whole' });
    else this.#finish({ type: 'refused', status: this.#readRefusal(response) });
  }

  #readRefusal(response: ApiResponse): ApiStatus {
    const status = readStatus(Buffer.concat(this.#refusal), response.contentType);
    return {
      ...status,
      code: status.code === 0 ? response.status : status.code,
      retryAfter: response.retryAfter ?? status.retryAfter,
    };
  }

  #checkSilence(): void {
    if (!this.#heard && (this.#response === undefined || this.#options.isWaiting())) {
      this.#abort(new Error(`no answer for ${PATIENCE / 1000} s`));
    }
    this.#heard = false;
  }

  #abort(error: Error): void {
    if (this.#done) return;
    this.#request.cancel();
    this.#finish({ type: 'broken', error });
  }

  #finish(outcome: Outcome): void {
    if (this.#done) return;
    this.#done = true;
    this.#watchdog.cancel();
    this.#options.finished(outcome);
  }
}
