/** Bytes or text that are not what the DNS formats allow. The only error that decoding throws. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
