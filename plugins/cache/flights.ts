import type { Dependencies } from '../../src/truth/dependencies.ts';
import type { Reply } from '../../src/server/reply.ts';

/** Milliseconds after which a fetch is not waited for by others: a plugin that never answers fails alone. */
const LONGEST_WAIT = 10_000;

/** What a fetch brought. */
export interface Fetched {
  /** For the client that it was made for, but with the AD bit as it came. */
  readonly reply: Reply;
  readonly dependencies: Dependencies;
  readonly kept: boolean;
}

/** A fetch under way. */
export interface Flight {
  /** Undefined when it brought nothing that helps. Never rejects. */
  readonly outcome: Promise<Fetched | undefined>;
  /** Milliseconds of the monotonic clock. */
  readonly started: number;
  /** A client has waited for it in vain: no other is made to wait. */
  isLate: boolean;
}

/** The fetches under way, one a question: those who ask the same meanwhile wait for it. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /** @param code as `questionCode` makes it */
  find(name: string, code: number, now: number): Flight | undefined {
    if (this.#flights.size === 0) return undefined;
    const flight = this.#flights.get(key(name, code));
    return flight !== undefined && now - flight.started < LONGEST_WAIT ? flight : undefined;
  }

  /** Notes a fetch until it is over. */
  add(name: string, code: number, started: number, fetching: Promise<Fetched | undefined>): Flight {
    const own = key(name, code);
    const end = (): void => {
      if (this.#flights.get(own) === flight) this.#flights.delete(own);
    };
    const outcome = fetching.then(
      (fetched) => {
        end();
        return fetched;
      },
      () => {
        end();
        return undefined;
      },
    );
    const flight: Flight = { outcome, started, isLate: false };
    this.#flights.set(own, flight);
    return flight;
  }

  /** Nobody joins those under way any more. */
  clear(): void {
    this.#flights.clear();
  }
}

function key(name: string, code: number): string {
  return `${code} ${name}`;
}
