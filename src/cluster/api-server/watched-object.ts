/** An object of the Kubernetes API, cut down to what DNS needs. `Input` is what the cluster store takes of its kind. */
export interface WatchedObject<Input> {
  /** '' for objects that are in no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** Opaque; '' where there is none. */
  readonly resourceVersion: string;
  /** It has a deletion timestamp. */
  readonly deleting: boolean;
  readonly input: Input;
  /**
   * Unix time in milliseconds (with fractions) of what brought the change about: the annotation
   * `endpoints.kubernetes.io/last-change-trigger-time` of EndpointSlices. Undefined where there is none.
   */
  readonly triggered?: number | undefined;
}

/**
 * Reads the objects of one kind.
 * @throws {MalformedObjectError} where the bytes or fields are not what they should be; nothing else is ever thrown
 */
export interface ObjectDecoder<Input> {
  /** Kubernetes' name of the kind, such as `EndpointSlice`. */
  readonly kind: string;
  /** @param message `bytes` from `start` up to `end`: the object itself, without envelope */
  fromProtobuf(bytes: Uint8Array, start: number, end: number): WatchedObject<Input>;
  fromJson(object: unknown): WatchedObject<Input>;
}

/** Bytes that are no such object. The message says what is wrong, where. */
export class MalformedObjectError extends Error {
  readonly code = 'ERR_MALFORMED_OBJECT';
}

/** What a list or a watch tells, one after the other, as its bytes arrive. */
export interface ObjectListener<Input> {
  /** An object of a list, or of an `ADDED` or `MODIFIED` event. */
  put(object: WatchedObject<Input>): void;
  /** A `DELETED` event. */
  remove(object: WatchedObject<Input>): void;
  /** A bookmark. @param initialEventsEnd all that was there has been told by now (WatchList) */
  bookmark(resourceVersion: string, initialEventsEnd: boolean): void;
  /** An `ERROR` event. */
  failed(status: ApiStatus): void;
  /** One object could not be read; what comes after it can. */
  malformed(error: MalformedObjectError): void;
}

/** metav1.Status: why the API server refused. */
export interface ApiStatus {
  /** HTTP code; 0 where none was given. */
  readonly code: number;
  /** One word: `Expired`, `InternalError`. */
  readonly reason: string;
  readonly message: string;
  /** Milliseconds, where the server asks for a wait. */
  readonly retryAfter: number | undefined;
}

/** Takes a body's bytes as they arrive, in pieces of any size. Holds no more than the object that is incomplete. */
export interface BodyReader {
  /** @throws {MalformedObjectError} where the framing itself is broken: nothing after it can be read */
  read(bytes: Uint8Array): void;
}

/** Takes the body of a list. */
export interface ListReader extends BodyReader {
  /** The body is whole. @throws {MalformedObjectError} where it is not */
  end(): ListMetadata;
}

export interface ListMetadata {
  readonly resourceVersion: string;
  /** Token of the next page; '' after the last one. */
  readonly continueToken: string;
}
