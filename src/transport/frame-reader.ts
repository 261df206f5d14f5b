/** Two bytes of length precede every message on a stream (RFC 1035, section 4.2.2). */
const PREFIX = 2;
const SMALLEST_PART = 64;

/**
 * Cuts a byte stream into DNS messages. A message that came in one piece is a view of that piece; of one that came
 * in parts only the bytes that have come are held, whatever length it announced.
 */
export class FrameReader {
  #chunk: Uint8Array | undefined;
  #at = 0;
  #part: Uint8Array | undefined;
  #filled = 0;

  /** Takes what has come. Call `next` until it has no more before the next piece. */
  push(chunk: Uint8Array): void {
    this.#chunk = this.#chunk === undefined ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** Whether some of a message has come and the rest has not. */
  get partial(): boolean {
    return this.#part !== undefined;
  }

  /** The next whole message, without its length; undefined until more comes. */
  next(): Uint8Array | undefined {
    const chunk = this.#chunk;
    if (chunk === undefined) return undefined;
    if (this.#part === undefined) {
      const left = chunk.length - this.#at;
      if (left >= PREFIX) {
        const start = this.#at + PREFIX;
        const end = start + ((chunk[this.#at]! << 8) | chunk[this.#at + 1]!);
        if (end <= chunk.length) {
          this.#advance(end);
          return chunk.subarray(start, end);
        }
      }
      if (left === 0) return undefined;
    }
    return this.#fill(chunk);
  }

  /** Moves bytes into the message that comes in parts. */
  #fill(chunk: Uint8Array): Uint8Array | undefined {
    let part = this.#reserve(PREFIX);
    while (this.#filled < PREFIX) {
      if (this.#at === chunk.length) return this.#advance(this.#at);
      part[this.#filled++] = chunk[this.#at++]!;
    }
    const size = PREFIX + ((part[0]! << 8) | part[1]!);
    const take = Math.min(size - this.#filled, chunk.length - this.#at);
    part = this.#reserve(this.#filled + take);
    part.set(chunk.subarray(this.#at, this.#at + take), this.#filled);
    this.#filled += take;
    this.#advance(this.#at + take);
    if (this.#filled < size) return undefined;
    this.#part = undefined;
    this.#filled = 0;
    return part.subarray(PREFIX, size);
  }

  #reserve(size: number): Uint8Array {
    const part = this.#part;
    if (part !== undefined && part.length >= size) return part;
    const larger = new Uint8Array(Math.max(SMALLEST_PART, size, 2 * (part?.length ?? 0)));
    if (part !== undefined) larger.set(part.subarray(0, this.#filled));
    return (this.#part = larger);
  }

  /** Lets go of the piece when all of it is used: it may be large, and the connection idle for long. */
  #advance(to: number): undefined {
    this.#at = to;
    if (to === this.#chunk?.length) this.#chunk = undefined;
  }
}
