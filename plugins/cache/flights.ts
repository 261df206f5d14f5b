import { HashTable } from '../../src/plugin/hash-table.ts';
import type { Hashed } from '../../src/plugin/hash-table.ts';
import type { Dependencies } from '../../src/truth/dependencies.ts';
import type { Query } from '../../src/server/query.ts';
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

/** Whose name is asked for: a query, or an entry. */
export type Named = Pick<Query, 'name' | 'nameHash'>;

/** Odd, so that no two of the usual codes share a hash. */
const CODE_MULTIPLIER = 0x9e3779b1;

/** A fetch under way. */
export class Flight implements Hashed<Flight> {
  readonly name: string;
  readonly code: number;
  readonly hash: number;
  next: Flight | undefined;
  /** Milliseconds of the monotonic clock. */
  readonly started: number;
  /** A client has waited for it in vain: no other is made to wait. */
  isLate = false;
  /** Clients that joined it. */
  joined = 0;
  #outcome: Promise<Fetched | undefined> | undefined;
  #resolve: ((fetched: Fetched | undefined) => void) | undefined;

  /** @param code as `questionCode` makes it */
  constructor({ name, nameHash }: Named, code: number, started: number) {
    this.name = name;
    this.code = code;
    this.hash = hashOf(nameHash, code);
    this.next = undefined;
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
  readonly #flights = new HashTable<Flight>();
  #waiting = 0;

  /** The newest of a question. */
  find({ name, nameHash }: Named, code: number, now: number): Flight | undefined {
    let flight = this.#flights.first(hashOf(nameHash, code));
    while (flight !== undefined && (flight.code !== code || flight.name !== name)) flight = flight.next;
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
  add(named: Named, code: number, started: number): Flight {
    const flight = new Flight(named, code, started);
    this.#flights.add(flight);
    return flight;
  }

  /** A fetch is over: those who wait for it go on. */
  land(flight: Flight, fetched: Fetched | undefined): void {
    this.#waiting -= flight.joined;
    this.#flights.delete(flight);
    flight.land(fetched);
  }

  /** Nobody joins those under way any more. */
  clear(): void {
    this.#flights.clear();
  }
}

function hashOf(nameHash: number, code: number): number {
  return (nameHash + Math.imul(code, CODE_MULTIPLIER)) | 0;
}
