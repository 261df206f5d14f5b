import type { Clock, Timer } from '../../plugin/clock.ts';
import type { ValueMap } from '../manifests/read-value.ts';
import type { ApiCall, ApiConnection, ApiRequest, ApiResponse } from './api-connection.ts';
import { parseMap } from './json/parse.ts';
import { readStatus } from './read-status.ts';
import type { ApiStatus } from './watched-object.ts';

/** How a request for one object came to its end. */
export type JsonOutcome =
  | { readonly type: 'object'; readonly object: ValueMap }
  /** The API server said no. */
  | { readonly type: 'refused'; readonly status: ApiStatus }
  /** The connection broke, the body was malformed, or nothing came in time. */
  | { readonly type: 'broken'; readonly error: Error };

/** Most of a body that is taken, in bytes; an object may have a megabyte, those of ours have one kilobyte. */
const LONGEST_BODY = 256 * 1024;

/** One object asked for or sent, from the start to exactly one outcome. */
export class JsonExchange {
  readonly #finished: (outcome: JsonOutcome) => void;
  readonly #request: ApiRequest;
  readonly #limit: Timer;
  readonly #body: Uint8Array[] = [];
  #bytes = 0;
  #response: ApiResponse | undefined;
  #done = false;

  /**
   * @param patience milliseconds for all of it
   * @param finished called once, never before the constructor has returned, and not after `cancel`
   */
  constructor(
    connection: ApiConnection,
    call: ApiCall,
    clock: Clock,
    patience: number,
    finished: (outcome: JsonOutcome) => void,
  ) {
    this.#finished = finished;
    this.#limit = clock.after(patience, () => this.#abort(new Error(`no answer for ${patience / 1000} s`)));
    this.#request = connection.send(call, {
      responded: (response) => void (this.#response = response),
      received: (bytes) => this.#received(bytes),
      ended: (error) => this.#finish(error === undefined ? this.#outcome() : { type: 'broken', error }),
    });
  }

  /** Nobody wants to know it any more; whether it is done all the same is open. */
  cancel(): void {
    if (this.#done) return;
    this.#done = true;
    this.#limit.cancel();
    this.#request.cancel();
  }

  #received(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#bytes <= LONGEST_BODY) this.#body.push(bytes.slice());
    else this.#abort(new Error(`an answer of more than ${LONGEST_BODY} bytes`));
  }

  #outcome(): JsonOutcome {
    const response = this.#response;
    if (response === undefined) return { type: 'broken', error: new Error('ended without an answer') };
    const body = Buffer.concat(this.#body);
    if (response.status >= 300) {
      const status = readStatus(body, response.contentType);
      const retryAfter = response.retryAfter ?? status.retryAfter;
      return { type: 'refused', status: { ...status, code: response.status, retryAfter } };
    }
    try {
      return { type: 'object', object: parseMap(body) };
    } catch (error) {
      return { type: 'broken', error: error as Error };
    }
  }

  #abort(error: Error): void {
    if (this.#done) return;
    this.#request.cancel();
    this.#finish({ type: 'broken', error });
  }

  #finish(outcome: JsonOutcome): void {
    if (this.#done) return;
    this.#done = true;
    this.#limit.cancel();
    this.#finished(outcome);
  }
}
