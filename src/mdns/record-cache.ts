import type { Deadline } from '../plugin/deadline-queue.ts';
import { sameRecord } from './cached-record.ts';
import type { CachedRecord } from './cached-record.ts';
import type { EngineParts } from './engine-parts.ts';
import type { LinkRecord } from './message.ts';
import { SenderShares } from './sender-shares.ts';
import type { Shareholder } from './sender-shares.ts';

/** Who wants to know of the records of one name and type. */
export interface RecordListener {
  appeared(record: CachedRecord): void;
  /** Told again before it expired. */
  refreshed?(record: CachedRecord): void;
  gone(record: CachedRecord): void;
}

/** Ends something that was begun. */
export interface Subscription {
  close(): void;
}

/** Milliseconds that a record lives on after a goodbye, or after another took its place (RFC 6762, 10.1 and 10.2). */
const GRACE = 1000;
/** Seconds. Nobody is believed for longer. */
const LONGEST_TTL = 86_400;
/** Bytes that a link may take, and one sender of it: a gateway may speak for hundreds. */
const LINK_BYTES = 4 * 2 ** 20;
const SENDER_BYTES = 2 ** 20;
const NONE: readonly CacheEntry[] = [];

/**
 * What others on a link say, until it expires. A record that its owner takes back, or replaces, lives on for a
 * second: what followed it in another packet may confirm it. Bounded in bytes, and for each sender.
 */
export class RecordCache {
  readonly #parts: EngineParts;
  /** By name in lower case, then by type. */
  readonly #names = new Map<string, Map<number, RecordSet>>();
  readonly #followers = new Set<() => void>();
  readonly #shares = new SenderShares<CacheEntry>(SENDER_BYTES, LINK_BYTES);

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** The records of a name, in any letter case, and type that hold now. */
  lookup(name: string, type: number): readonly CachedRecord[] {
    return this.#names.get(name.toLowerCase())?.get(type)?.entries ?? NONE;
  }

  /** All records of a name, in any letter case, of all types. */
  lookupAll(name: string): CachedRecord[] {
    const types = this.#names.get(name.toLowerCase());
    return types === undefined ? [] : [...types.values()].flatMap((set) => set.entries);
  }

  /** Everything that is held. */
  all(): Iterable<CachedRecord> {
    return this.#entries();
  }

  /** Tells a listener of what comes and goes; not of what is there already. */
  watch(name: string, type: number, listener: RecordListener): Subscription {
    const key = name.toLowerCase();
    const set = this.#set(key, type);
    set.listeners.add(listener);
    return {
      close: () => {
        set.listeners.delete(listener);
        this.#forgetEmpty(key, type, set);
      },
    };
  }

  /** Tells a listener whenever any record has come or gone. */
  follow(listener: () => void): Subscription {
    this.#followers.add(listener);
    return { close: () => void this.#followers.delete(listener) };
  }

  /** Takes in what somebody on the link said. */
  put(record: LinkRecord, sender: string, isProxied: boolean): void {
    const key = record.name.toLowerCase();
    const now = this.#parts.clock.monotonic();
    const held = this.#names.get(key)?.get(record.type);
    const known = held?.entries.find((entry) => sameRecord(entry.record, record));
    if (record.unique && held !== undefined) {
      for (const entry of held.entries) {
        if (entry !== known && entry.heardAt < now - GRACE) this.#endBy(entry, now + GRACE);
      }
    }
    if (record.ttl === 0) {
      if (known !== undefined) this.#endBy(known, now + GRACE);
      return;
    }
    const entry = known ?? new CacheEntry(key, record, this.#remove);
    if (known !== undefined) this.#shares.remove(entry);
    entry.record = record;
    entry.sender = sender;
    entry.isProxied = isProxied;
    entry.heardAt = now;
    entry.expiresAt = now + Math.min(record.ttl, LONGEST_TTL) * 1000;
    this.#schedule(entry, now);
    if (known === undefined) this.#add(entry, key);
    else {
      this.#shares.add(entry);
      this.#tell(key, record.type, 'refreshed', entry);
    }
  }

  /** Lets a record end at that time of the monotonic clock, or sooner. */
  endBy(record: CachedRecord, time: number): void {
    if (record instanceof CacheEntry && record.isHeld) this.#endBy(record, time);
  }

  /** Forgets everything: the link is gone. */
  clear(): void {
    for (const entry of [...this.#entries()]) this.#drop(entry);
  }

  *#entries(): Generator<CacheEntry> {
    for (const types of this.#names.values()) for (const set of types.values()) yield* set.entries;
  }

  #drop(entry: CacheEntry): void {
    this.#parts.deadlines.remove(entry);
    this.#remove(entry);
  }

  #add(entry: CacheEntry, key: string): void {
    const { type } = entry.record;
    const set = this.#set(key, type);
    // Another array: whoever looks at the old one may be in the middle of it.
    set.entries = [...set.entries, entry];
    entry.isHeld = true;
    this.#parts.counters.records.value++;
    this.#shares.add(entry);
    for (;;) {
      const victim = this.#shares.excess(entry.sender);
      if (victim === undefined) break;
      this.#parts.counters.dropped.cache_full.value++;
      this.#drop(victim);
    }
    if (set.entries.includes(entry)) this.#tell(key, type, 'appeared', entry);
  }

  readonly #remove = (entry: CacheEntry): void => {
    const { key } = entry;
    const { type } = entry.record;
    const set = this.#names.get(key)?.get(type);
    if (set === undefined || !entry.isHeld) return;
    entry.isHeld = false;
    set.entries = set.entries.filter((other) => other !== entry);
    this.#shares.remove(entry);
    this.#parts.counters.records.value--;
    this.#tell(key, type, 'gone', entry);
    this.#forgetEmpty(key, type, set);
  };

  #endBy(entry: CacheEntry, time: number): void {
    if (entry.expiresAt <= time) return;
    entry.expiresAt = time;
    this.#schedule(entry, this.#parts.clock.monotonic());
  }

  #schedule(entry: CacheEntry, now: number): void {
    this.#parts.deadlines.remove(entry);
    this.#parts.deadlines.add(entry, entry.expiresAt - now);
  }

  #set(key: string, type: number): RecordSet {
    let types = this.#names.get(key);
    if (types === undefined) this.#names.set(key, (types = new Map<number, RecordSet>()));
    let set = types.get(type);
    if (set === undefined) types.set(type, (set = { entries: NONE, listeners: new Set() }));
    return set;
  }

  #forgetEmpty(key: string, type: number, set: RecordSet): void {
    const types = this.#names.get(key);
    if (set.entries.length > 0 || set.listeners.size > 0 || types?.get(type) !== set) return;
    types.delete(type);
    if (types.size === 0) this.#names.delete(key);
  }

  #tell(key: string, type: number, what: 'appeared' | 'refreshed' | 'gone', entry: CachedRecord): void {
    if (what !== 'refreshed') for (const follower of this.#followers) follower();
    const listeners = this.#names.get(key)?.get(type)?.listeners;
    if (listeners === undefined) return;
    for (const listener of [...listeners]) listener[what]?.(entry);
  }
}

interface RecordSet {
  entries: readonly CacheEntry[];
  readonly listeners: Set<RecordListener>;
}

/** About what an entry takes besides its name and data. */
const ENTRY_BYTES = 300;

class CacheEntry implements CachedRecord, Deadline, Shareholder {
  readonly key: string;
  readonly bytes: number;
  record: LinkRecord;
  sender = '';
  heardAt = 0;
  expiresAt = 0;
  isProxied = false;
  isHeld = false;
  deadline = 0;
  place = -1;
  readonly #remove: (entry: CacheEntry) => void;

  constructor(key: string, record: LinkRecord, remove: (entry: CacheEntry) => void) {
    this.key = key;
    this.bytes = ENTRY_BYTES + 2 * key.length + record.data.length;
    this.record = record;
    this.#remove = remove;
  }

  expire(): void {
    this.#remove(this);
  }
}
