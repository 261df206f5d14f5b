import { GrowingBytes } from '../growing-bytes.ts';
import { MalformedObjectError } from '../watched-object.ts';

/** An object of the API has at most 1.5 MiB in etcd; this is where Kubernetes' own clients give up on a frame. */
export const LONGEST_UNIT = 16 * 1024 * 1024;

/** What a stream of bytes is made of, one unit after the other. */
export interface UnitListener {
  /**
   * How many bytes the unit at `start` has, with what tells its length; 0 when more bytes are needed to tell. Is
   * asked again and again as bytes arrive.
   * @throws {MalformedObjectError} where there can be none
   */
  measure(bytes: Uint8Array, start: number, end: number): number;
  /** A whole unit, in the very bytes that arrived if they came in one piece. */
  take(bytes: Uint8Array, start: number, end: number): void;
}

/** Cuts a stream that comes in pieces of any size into its units, and holds no more than the incomplete one. */
export class Units {
  readonly #listener: UnitListener;
  readonly #held = new GrowingBytes();

  constructor(listener: UnitListener) {
    this.#listener = listener;
  }

  /** Whether a unit has begun that is not whole. */
  get incomplete(): boolean {
    return this.#held.length > 0;
  }

  read(piece: Uint8Array): void {
    let position = this.#held.length > 0 ? this.#complete(piece) : 0;
    while (position < piece.length) {
      const length = this.#measure(piece, position, piece.length);
      if (length === 0 || length > piece.length - position) {
        this.#held.append(piece, position, piece.length);
        return;
      }
      this.#listener.take(piece, position, position + length);
      position += length;
    }
  }

  /** Adds to the unit that has begun. @returns where the next one begins in the piece */
  #complete(piece: Uint8Array): number {
    let position = 0;
    while (position < piece.length) {
      const held = this.#held.length;
      const length = this.#measure(this.#held.bytes, 0, held);
      // A length is told in a few bytes: those are taken one by one.
      const end = Math.min(length === 0 ? position + 1 : position + length - held, piece.length);
      this.#held.append(piece, position, end);
      position = end;
      const { bytes, length: whole } = this.#held;
      if (this.#measure(bytes, 0, whole) !== whole) continue;
      this.#held.clear();
      this.#listener.take(bytes, 0, whole);
      break;
    }
    return position;
  }

  #measure(bytes: Uint8Array, start: number, end: number): number {
    const length = this.#listener.measure(bytes, start, end);
    if (length <= LONGEST_UNIT) return length;
    throw new MalformedObjectError(`an object of ${length} bytes: at most ${LONGEST_UNIT} are read`);
  }
}
