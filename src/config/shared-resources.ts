import type { Shared } from '../plugin/controller.ts';

interface Entry {
  readonly resource: Shared;
  readonly users: Set<Lease>;
}

/** Resources that a configuration hands over to the next one: those that both ask for by the same key. */
export class SharedResources {
  readonly #entries = new Map<string, Entry>();
  #leases = 0;

  /** The share of one configuration. */
  lease(): Lease {
    return new Lease(this.#entries, this.#leases++ > 0);
  }
}

/** What one configuration uses. */
export class Lease {
  /** There was a configuration before. */
  readonly isSuccessor: boolean;
  readonly #entries: Map<string, Entry>;

  constructor(entries: Map<string, Entry>, isSuccessor: boolean) {
    this.#entries = entries;
    this.isSuccessor = isSuccessor;
  }

  share<T extends Shared>(key: string, create: () => T): T {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { resource: create(), users: new Set() };
      this.#entries.set(key, entry);
    }
    entry.users.add(this);
    return entry.resource as T;
  }

  /** Ends the use of all of them, and closes those that nobody else uses: all, even if closing one fails. */
  async release(): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const [key, { resource, users }] of this.#entries) {
      if (!users.delete(this) || users.size > 0) continue;
      this.#entries.delete(key);
      closing.push((async () => resource.close())());
    }
    const outcomes = await Promise.allSettled(closing);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
}
