/**
 * How the cluster's objects are asked for: GET requests whose answers are read as their bytes arrive; and the few
 * requests that change one. One connection serves all of a cluster (HTTP/2), or one for each request (HTTP/1.1).
 */
export interface ApiConnection {
  /**
   * Starts a GET. Nothing is reported before this call has returned; then `responded` at most once, `received` any
   * number of times, and `ended` exactly once, unless the request was cancelled.
   * @param path with its query string, such as `/api/v1/services?limit=500`
   */
  get(path: string, listener: ApiResponseListener): ApiRequest;
  /** The same with any method and in JSON both ways; waits for no limits, and takes no part in them. */
  send(call: ApiCall, listener: ApiResponseListener): ApiRequest;
  /**
   * For how many seconds a watch may be asked for (`timeoutSeconds`). Little where only short watches tell a silent
   * connection from a quiet cluster (HTTP/1.1). Known once the first request was answered; much until then.
   */
  readonly longestWatch: number;
  /**
   * Which cluster this leads to, as far as can be known without asking: see `ApiCredentials`. Absent: nothing is.
   * @throws {Error} where the credentials cannot be read (any more)
   */
  readonly cluster?: string;
  /** Where objects of our own go; see `ApiCredentials`. Absent or '': nobody says. */
  readonly namespace?: string;
  /**
   * What requests are made with, as files say it at this moment: another text once one of them was replaced. Absent:
   * there are none.
   */
  readonly material?: string;
  /** There was a server at the other end, once at least: a connection was made, or a request answered. */
  readonly reached: boolean;
  /** Ends everything that is under way; requests end with an error. */
  close(): void;
}

/** What is asked of the API server. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** With its query string. */
  readonly path: string;
  /** JSON; undefined: none. */
  readonly body?: string;
}

export interface ApiRequest {
  /** Ends the request; its listener hears no more of it. Twice is harmless. */
  cancel(): void;
}

export interface ApiResponseListener {
  responded(response: ApiResponse): void;
  /** A piece of the body. Its memory is the caller's again when this returns. */
  received(bytes: Uint8Array): void;
  /** @param error undefined when the body came to its regular end */
  ended(error: Error | undefined): void;
}

export interface ApiResponse {
  /** HTTP status. */
  readonly status: number;
  /** In lower case, without parameters: `application/json`. */
  readonly contentType: string;
  /** `Retry-After` in milliseconds, where the server sent one in seconds. */
  readonly retryAfter: number | undefined;
}
