/**
 * Version cells: is this answer still true?
 *
 * Every thing that an answer can be made from (a Service, the set of Services in a namespace, a hosts file, …)
 * owns a slot of one shared Int32Array. Changing the thing bumps its slot; an answer remembers the slots that it
 * read with the versions that they had, and is dead as soon as one of them differs. There is no message and no
 * flush: the next reader, in any thread, sees it.
 */

/** Index of a slot. Slot 0 is never handed out, so 0 can stand for "none". */
export type VersionCell = number;

const BYTES_A_CELL = 4;
const GROWTH_CELLS = 16_384;

export class VersionCells {
  /** Versions by slot; shared with every thread that serves answers. */
  readonly memory: SharedArrayBuffer;
  #versions: Int32Array;
  readonly #capacity: number;
  readonly #coarse: number;
  #next = 1;
  readonly #free: VersionCell[] = [];
  /** Coarse slots have several owners and are never given back. */
  #coarseTurn = 0;

  /**
   * @param capacity most slots there can ever be
   * @param coarse how many of them are kept back, to be shared by new things once the others have run out
   */
  constructor(capacity = 1_048_576, coarse = 1024) {
    this.#capacity = capacity;
    this.#coarse = Math.min(coarse, capacity - 1);
    const initial = Math.min(this.#coarse + GROWTH_CELLS, capacity);
    this.memory = new SharedArrayBuffer(initial * BYTES_A_CELL, { maxByteLength: capacity * BYTES_A_CELL });
    this.#versions = this.#view();
    this.#next = 1 + this.#coarse;
  }

  /** A slot for a new thing. A reused slot goes on from the version that it had: versions never go back. */
  allocate(): VersionCell {
    const freed = this.#free.pop();
    if (freed !== undefined) return freed;
    if (this.#next < this.#capacity) {
      const cell = this.#next++;
      if (cell * BYTES_A_CELL >= this.memory.byteLength) this.#grow();
      return cell;
    }
    if (this.#coarse === 0) throw new RangeError('no version cells left');
    this.#coarseTurn = (this.#coarseTurn % this.#coarse) + 1;
    return this.#coarseTurn;
  }

  /** A slot that is nobody else's, to tell a number by; undefined when none is left. */
  allocateOwn(): VersionCell | undefined {
    return this.#free.length > 0 || this.#next < this.#capacity ? this.allocate() : undefined;
  }

  /** Tells every thread a number, as the value of a cell of one's own. */
  tell(cell: VersionCell, value: number): void {
    Atomics.store(this.#versions, cell, value);
  }

  /** Gives a slot back when its thing is gone; every answer that read it dies. */
  release(cell: VersionCell): void {
    this.bump(cell);
    if (cell > this.#coarse) this.#free.push(cell);
  }

  /** The thing behind `cell` has changed. */
  bump(cell: VersionCell): void {
    Atomics.add(this.#versions, cell, 1);
  }

  /** The version of `cell` now. Read it before you read the thing itself. */
  version(cell: VersionCell): number {
    return Atomics.load(this.#versions, cell);
  }

  #grow(): void {
    const bytes = Math.min(
      this.memory.byteLength + GROWTH_CELLS * BYTES_A_CELL,
      this.#capacity * BYTES_A_CELL,
    );
    this.memory.grow(bytes);
    this.#versions = this.#view();
  }

  /** With a length of its own: a view that follows that of a growable buffer is several times as slow. */
  #view(): Int32Array {
    return new Int32Array(this.memory, 0, this.memory.byteLength / BYTES_A_CELL);
  }
}
