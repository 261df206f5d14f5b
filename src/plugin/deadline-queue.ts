import type { Clock, Timer } from './clock.ts';

/** Something that ends at a time unless it is done before. */
export interface Deadline {
  /** Milliseconds of the monotonic clock, set by the queue. */
  deadline: number;
  /** Where it stands in the queue, set by the queue; −1: nowhere. */
  place: number;
  /** Its time is up. It has left the queue. */
  expire(): void;
}

/** Timers may ring early by the fraction of a millisecond that they cannot count. */
const TOLERANCE = 1;
/** What expires in one turn of the event loop: thousands may be due at once, and others' queries must not wait for all. */
const MOST_AT_ONCE = 32;

/**
 * Many deadlines with one timer among them: a timer each would be the greater part of what a query in flight takes.
 * A binary heap, in which each knows its place.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #heap: Deadline[] = [];
  #timer: Timer | undefined;
  /** When the timer rings: at the first deadline, or before it when what came first is done. */
  #alarm = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param delay milliseconds from now */
  add(deadline: Deadline, delay: number): void {
    deadline.deadline = this.#clock.monotonic() + delay;
    this.#heap.push(deadline);
    this.#rise(deadline, this.#heap.length - 1);
    this.#arm();
  }

  /** Takes one out, if it is there. */
  remove(deadline: Deadline): void {
    const { place } = deadline;
    if (place < 0) return;
    deadline.place = -1;
    const last = this.#heap.pop()!;
    if (last !== deadline) {
      this.#sink(last, place);
      this.#rise(last, last.place);
    } else if (this.#heap.length === 0) this.#disarm();
  }

  #rise(deadline: Deadline, from: number): void {
    let place = from;
    while (place > 0) {
      const above = this.#heap[(place - 1) >> 1]!;
      if (above.deadline <= deadline.deadline) break;
      this.#put(above, place);
      place = (place - 1) >> 1;
    }
    this.#put(deadline, place);
  }

  #sink(deadline: Deadline, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (let below = 2 * place + 1; below < heap.length; below = 2 * place + 1) {
      if (below + 1 < heap.length && heap[below + 1]!.deadline < heap[below]!.deadline) below++;
      if (deadline.deadline <= heap[below]!.deadline) break;
      this.#put(heap[below]!, place);
      place = below;
    }
    this.#put(deadline, place);
  }

  #put(deadline: Deadline, place: number): void {
    this.#heap[place] = deadline;
    deadline.place = place;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.deadline >= this.#alarm) return;
    this.#timer?.cancel();
    this.#alarm = first.deadline;
    this.#timer = this.#clock.after(Math.max(0, this.#alarm - this.#clock.monotonic()), this.#ring);
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#alarm = Infinity;
  }

  readonly #ring = (): void => {
    this.#timer = undefined;
    this.#alarm = Infinity;
    const now = this.#clock.monotonic() + TOLERANCE;
    try {
      for (let count = 0; count < MOST_AT_ONCE; count++) {
        const first = this.#heap[0];
        if (first === undefined || first.deadline >= now) break;
        this.remove(first);
        first.expire();
      }
    } finally {
      this.#arm();
    }
  };
}
