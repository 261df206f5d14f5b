/** `closed`: the peer hung up on a connection that had served before, so another one may do. */
export type UpstreamErrorKind = 'timeout' | 'closed' | 'network';

/** Why an upstream gave no reply, worded as Go's network errors are: `errors` patterns in Corefiles match on them. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly code = 'ERR_UPSTREAM';
  readonly kind: UpstreamErrorKind;

  constructor(kind: UpstreamErrorKind, message: string, options?: ErrorOptions) {
    // Where in our code it was noticed says nothing, and to find that out takes 15 µs for each query that fails.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.kind = kind;
  }
}

/** The words for a system error: `connection refused`. */
export function systemErrorText(error: NodeJS.ErrnoException): string {
  return (error.code === undefined ? undefined : texts.get(error.code)) ?? error.message;
}

const UNVERIFIED = 'tls: failed to verify certificate: x509:';

const texts: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset by peer'],
  ['EHOSTUNREACH', 'no route to host'],
  ['ENETUNREACH', 'network is unreachable'],
  ['EPIPE', 'broken pipe'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['EMFILE', 'too many open files'],
  ['CERT_HAS_EXPIRED', `${UNVERIFIED} certificate has expired or is not yet valid`],
  ['CERT_NOT_YET_VALID', `${UNVERIFIED} certificate has expired or is not yet valid`],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', `${UNVERIFIED} certificate signed by unknown authority`],
  ['SELF_SIGNED_CERT_IN_CHAIN', `${UNVERIFIED} certificate signed by unknown authority`],
  ['UNABLE_TO_GET_ISSUER_CERT', `${UNVERIFIED} certificate signed by unknown authority`],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', `${UNVERIFIED} certificate signed by unknown authority`],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', `${UNVERIFIED} certificate signed by unknown authority`],
]);
