import type { Clock, Timer } from '../../src/plugin/clock.ts';

interface Due {
  at: number;
  readonly action: () => void;
  readonly interval: number | undefined;
}

/** A clock that stands still until a test moves it. Begins on 2026-01-01. */
export class FakeClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #origin = this.#now;
  readonly #timers = new Set<Due>();

  now(): number {
    return Math.floor(this.#now);
  }

  monotonic(): number {
    return this.#now - this.#origin;
  }

  after(delay: number, action: () => void): Timer {
    return this.#add({ at: this.#now + delay, action, interval: undefined });
  }

  every(interval: number, action: () => void): Timer {
    return this.#add({ at: this.#now + interval, action, interval });
  }

  /** Lets `milliseconds` pass: runs every timer that falls due, in order of time. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) {
      this.#now = due.at;
      if (due.interval === undefined) this.#timers.delete(due);
      else due.at += due.interval;
      due.action();
    }
    this.#now = end;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  #add(due: Due): Timer {
    this.#timers.add(due);
    return { cancel: () => void this.#timers.delete(due) };
  }

  #next(end: number): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#timers) if (due.at <= end && (next === undefined || due.at < next.at)) next = due;
    return next;
  }
}
