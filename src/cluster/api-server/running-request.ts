import type { IncomingHttpHeaders } from 'node:http';
import type { ApiRequest, ApiResponse, ApiResponseListener } from './api-connection.ts';

/** One request between its listener and what carries it. Whatever either does, it ends exactly once. */
export class RunningRequest implements ApiRequest {
  /** Stops what carries it; set by the carrier. */
  abort: () => void = nothing;
  readonly #listener: ApiResponseListener;
  readonly #ended: (request: RunningRequest) => void;
  #responded = false;
  #over = false;

  /** @param ended hears of the end, however it comes about, before the listener does */
  constructor(listener: ApiResponseListener, ended: (request: RunningRequest) => void) {
    this.#listener = listener;
    this.#ended = ended;
  }

  /** It has ended or was cancelled. */
  get over(): boolean {
    return this.#over;
  }

  responded(status: number, headers: IncomingHttpHeaders): void {
    if (this.#over || this.#responded) return;
    this.#responded = true;
    this.#listener.responded(readResponse(status, headers));
  }

  received(bytes: Uint8Array): void {
    if (!this.#over) this.#listener.received(bytes);
  }

  /** @param error undefined when the body came to its regular end */
  end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended(this);
    const missing = this.#responded
      ? undefined
      : new Error('the server ended the request without a response');
    this.#listener.ended(error ?? missing);
  }

  /** Ends it with an error, and what carries it. */
  fail(error: Error): void {
    this.end(error);
    this.abort();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended(this);
    this.abort();
  }
}

function nothing(): void {
  // Nothing carries it yet.
}

function readResponse(status: number, headers: IncomingHttpHeaders): ApiResponse {
  const seconds = headers['retry-after'] ?? '';
  const contentType = headers['content-type'] ?? '';
  const end = contentType.indexOf(';');
  return {
    status,
    contentType: (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase(),
    retryAfter: /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined,
  };
}
