import type { Dependencies } from '../../src/truth/dependencies.ts';
import type { Reply } from '../../src/server/reply.ts';

/** Milliseconds after which a fetch is not waited for by others: a plugin that never answers fails alone. */
const LONGEST_WAIT = 10_000;

/** Clients that wait for others' fetches; each takes some 1.5 KB. */
const MOST_WAITING = 16_384;

/** What a fetch brought. */
export interface Fetched {
  /** For the client that it was made for, but with the AD bit as it came. */
  readonly reply: Reply;
  readonly dependencies: Dependencies;
  readonly kept: boolean;
}

/** A fetch under way. */
export class Flight {
  readonly name: string;
  readonly code: number;
  /** Milliseconds of the monotonic clock. */
  readonly started: number;
  /** A client has waited for it in vain: no other is made to wait. */
  isLate = false;
  /** Clients that joined it. */
  joined = 0;
  #outcome: Promise<Fetched | undefined> | undefined;
  #resolve: ((fetched: Fetched | undefined) => void) | undefined;

  /** @param code as `questionCode` makes it */
  constructor(name: string, code: number, started: number) {
    this.name = name;
    this.code = code;
    this.started = started;
  }

  /** Undefined when it brought nothing that helps. Never rejects. To be asked for before it has landed. */
  get outcome(): Promise<Fetched | undefined> {
    // Most flights are nobody else's business: the promise is made for who waits.
    return (this.#outcome ??= new Promise((resolve) => (this.#resolve = resolve)));
  }

  /** It is over; see Flights. */
  land(fetched: Fetched | undefined): void {
    this.#resolve?.(fetched);
  }
}

/** The fetches under way, one a question: those who ask the same meanwhile wait for it. */
export class Flights {
  /** By code and name: few codes, many names. */
  readonly #flights = new Map<number, Map<string, Flight>>();
  #waiting = 0;

  find(name: string, code: number, now: number): Flight | undefined {
    const flight = this.#flights.get(code)?.get(name);
    return flight !== undefined && now - flight.started < LONGEST_WAIT ? flight : undefined;
  }

  /** What a flight brings, for one more who waits; undefined when too many do, who are the next plugin's business. */
  join(flight: Flight): Promise<Fetched | undefined> | undefined {
    if (this.#waiting >= MOST_WAITING) return undefined;
    this.#waiting++;
    flight.joined++;
    return flight.outcome;
  }

  /** Notes a fetch until it lands. */
  add(name: string, code: number, started: number): Flight {
    const flight = new Flight(name, code, started);
    const names = this.#flights.get(code) ?? new Map<string, Flight>();
    this.#flights.set(code, names.set(name, flight));
    return flight;
  }

  /** A fetch is over: those who wait for it go on. */
  land(flight: Flight, fetched: Fetched | undefined): void {
    const { name, code, joined } = flight;
    this.#waiting -= joined;
    const names = this.#flights.get(code);
    if (names?.get(name) === flight) {
      names.delete(name);
      if (names.size === 0) this.#flights.delete(code);
    }
    flight.land(fetched);
  }

  /** Nobody joins those under way any more. */
  clear(): void {
    this.#flights.clear();
  }
}
