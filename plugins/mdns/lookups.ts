import type { Subscription } from '../../src/mdns/record-cache.ts';
import type { VersionCell } from '../../src/truth/version-cells.ts';
import { Lookup } from './lookup.ts';
import type { LookupParts } from './lookup.ts';

/** Milliseconds for which a question is kept asking after the last client, so that the next has its answer at once. */
const LINGERING = 120_000;
/** The same where nobody on the link answered: such a name may be a client's mistake, or one of thousands. */
const LINGERING_IN_VAIN = 1000;
/** Questions of a link at a time. The oldest make room. */
const MOST = 1000;
/** Questions of a link that clients wait for at a time: each costs packets. */
const MOST_WAITING = 200;
/** Milliseconds between two looks at who has not been asked for. */
const SWEEP = 1000;

/** The questions of one link: all clients who want to know the same share one. */
export class Lookups {
  /** Changes with any record of the link. */
  readonly cell: VersionCell;
  readonly #parts: LookupParts;
  readonly #lookups = new Map<string, Lookup>();
  readonly #sweeping;
  readonly #following: Subscription;

  constructor(parts: LookupParts) {
    const { cells, engine } = parts;
    this.#parts = parts;
    this.cell = cells.allocate();
    this.#following = engine.cache.follow(() => cells.bump(this.cell));
    this.#sweeping = parts.clock.every(SWEEP, () => this.#sweep());
  }

  /**
   * The look-up of a link's name, in any letter case; undefined when too many are waited for.
   * @param patience milliseconds to wait for somebody to answer; nobody can while the link is down
   */
  ask(name: string, type: number, patience: number): Lookup | undefined {
    const key = `${type} ${name.toLowerCase()}`;
    let lookup = this.#lookups.get(key);
    if (lookup === undefined) {
      if (this.#waiting() >= MOST_WAITING) return undefined;
      const isDown = this.#parts.engine.link.addresses.length === 0;
      lookup = new Lookup(this.#parts, name, type, isDown ? 0 : patience);
      if (this.#lookups.size >= MOST) this.#endOldest();
    } else this.#lookups.delete(key);
    // Behind all others: the map is in order of the last question.
    this.#lookups.set(key, lookup);
    lookup.lastAsked = this.#parts.clock.monotonic();
    return lookup;
  }

  close(): void {
    this.#sweeping.cancel();
    this.#following.close();
    this.#parts.cells.release(this.cell);
    for (const lookup of this.#lookups.values()) lookup.close();
    this.#lookups.clear();
  }

  #waiting(): number {
    let waiting = 0;
    for (const lookup of this.#lookups.values()) if (!lookup.isSettled) waiting++;
    return waiting;
  }

  #endOldest(): void {
    for (const [key, lookup] of this.#lookups) {
      this.#lookups.delete(key);
      lookup.close();
      return;
    }
  }

  #sweep(): void {
    const now = this.#parts.clock.monotonic();
    for (const [key, lookup] of this.#lookups) {
      const isThere = lookup.records.length > 0 || lookup.isOwned || isBrowsing(lookup.name);
      const lingering = isThere ? LINGERING : LINGERING_IN_VAIN;
      if (!lookup.isSettled || now - lookup.lastAsked < lingering) continue;
      this.#lookups.delete(key);
      lookup.close();
    }
  }
}

/** Whether a name is a type of services: what is asked of it again and again, also while there are none. */
function isBrowsing(name: string): boolean {
  return name.startsWith('_');
}
