import type {
  ApiCall,
  ApiConnection,
  ApiRequest,
  ApiResponseListener,
} from '../../src/cluster/api-server/api-connection.ts';

/** A request that was made; the test answers it. */
export class ScriptedRequest implements ApiRequest {
  readonly method: ApiCall['method'];
  readonly path: string;
  /** What was sent along, read; undefined: nothing. */
  readonly body: unknown;
  readonly parameters: URLSearchParams;
  cancelled = false;
  readonly #listener: ApiResponseListener;

  constructor({ method, path, body }: ApiCall, listener: ApiResponseListener) {
    this.method = method;
    this.path = path;
    this.body = body === undefined ? undefined : JSON.parse(body);
    this.parameters = new URL(path, 'http://localhost').searchParams;
    this.#listener = listener;
  }

  cancel(): void {
    this.cancelled = true;
  }

  accept(contentType = 'application/json', status = 200): this {
    this.#listener.responded({ status, contentType, retryAfter: undefined });
    return this;
  }

  /** Sends lines of JSON: the events of a watch, or a list. */
  send(...objects: readonly unknown[]): this {
    for (const object of objects) {
      if (!this.cancelled) this.#listener.received(Buffer.from(`${JSON.stringify(object)}\n`));
    }
    return this;
  }

  refuse(status: number, reason = '', retryAfter?: number): void {
    this.#listener.responded({ status, contentType: 'application/json', retryAfter });
    this.send({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message: 'no' });
    this.end();
  }

  end(error?: Error): void {
    if (!this.cancelled) this.#listener.ended(error);
  }
}

/** A connection to an API server that is the test itself. */
export class ScriptedApiConnection implements ApiConnection {
  readonly longestWatch = 600;
  readonly requests: ScriptedRequest[] = [];
  closed = false;
  material = 'a token';
  reached = true;

  get(path: string, listener: ApiResponseListener): ScriptedRequest {
    return this.send({ method: 'GET', path }, listener);
  }

  send(call: ApiCall, listener: ApiResponseListener): ScriptedRequest {
    const request = new ScriptedRequest(call, listener);
    this.requests.push(request);
    return request;
  }

  /** The last request. */
  get last(): ScriptedRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('nothing was asked');
    return request;
  }

  close(): void {
    this.closed = true;
  }
}
