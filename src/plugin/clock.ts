/** A timer that can be called off. */
export interface Timer {
  cancel(): void;
}

/** Time, injected so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970, as the calendar has it. */
  now(): number;
  /** Milliseconds from any fixed point, with fractions; never goes back. For durations. */
  monotonic(): number;
  /** Calls `action` once after `delay` milliseconds. Does not keep the process alive. */
  after(delay: number, action: () => void): Timer;
  /** Calls `action` every `interval` milliseconds. Does not keep the process alive. */
  every(interval: number, action: () => void): Timer;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  after(delay, action) {
    const timer = setTimeout(action, delay);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every(interval, action) {
    const timer = setInterval(action, interval);
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
};
