import type { Clock, Timer } from '../../plugin/clock.ts';
import type { ApiConnection } from './api-connection.ts';

/** Milliseconds between two looks at the credentials; what is read of their files is as old at most. */
const LOOK_EVERY = 100;

/** The time until something is asked again. */
export class NextAttempt {
  readonly #connection: ApiConnection;
  readonly #clock: Clock;
  readonly #attempt: () => void;
  #timer: Timer | undefined;
  #lookout: Timer | undefined;
  /** What the last attempt was made with; see `ApiConnection`. */
  #material: string | undefined;

  constructor(connection: ApiConnection, clock: Clock, attempt: () => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.#attempt = attempt;
  }

  /** An attempt is made now. */
  begins(): void {
    this.cancel();
    this.#material = this.#connection.material;
  }

  /** @param delay milliseconds */
  after(delay: number): void {
    this.#timer = this.#clock.after(delay, this.#attempt);
  }

  /**
   * The same, but at once when the token or a certificate is another one than at the last attempt: whatever the
   * failure was, there is no reason to wait any longer.
   * @param renewed told before that attempt
   */
  afterOrRenewal(delay: number, renewed: () => void): void {
    this.after(delay);
    this.#lookout = this.#clock.every(LOOK_EVERY, () => {
      if (this.#connection.material === this.#material) return;
      this.cancel();
      renewed();
      this.#attempt();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#lookout?.cancel();
  }
}
