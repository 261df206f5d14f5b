import type { CachedRecord } from '../../src/mdns/cached-record.ts';
import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import { denies } from '../../src/mdns/negative.ts';
import type { RecordListener, Subscription } from '../../src/mdns/record-cache.ts';
import type { Clock, Timer } from '../../src/plugin/clock.ts';
import type { VersionCell, VersionCells } from '../../src/truth/version-cells.ts';
import { RecordType } from '../../src/wire/codes.ts';

/** Milliseconds that others have to answer as well, after the first record that several may have. */
const GATHERING = 150;
/** Milliseconds that the owner of a name has to answer, once it is known that there is one: few say what they have not. */
const OWNER_TIME = 500;
/** Which records show that a name has an owner. */
const OWNED = [RecordType.A, RecordType.AAAA, RecordType.SRV, RecordType.TXT];

/** What a look-up works with. */
export interface LookupParts {
  readonly engine: LinkEngine;
  readonly clock: Clock;
  readonly cells: VersionCells;
}

/**
 * One question that is kept asking on a link while clients want to know. It is settled once its answer can be given
 * at any time: its owner has answered, others had time to, or nobody did (RFC 8766, section 5.6).
 */
export class Lookup {
  readonly name: string;
  readonly type: number;
  /** Changes with the records. */
  readonly cell: VersionCell;
  /** Milliseconds of the monotonic clock. */
  lastAsked = 0;
  readonly #parts: LookupParts;
  readonly #subscriptions: Subscription[];
  #waiting: (() => void)[] = [];
  #settled = false;
  #settlesAt: number;
  #timer: Timer | undefined;

  /** @param patience milliseconds to wait for somebody to answer */
  constructor(parts: LookupParts, name: string, type: number, patience: number) {
    const { engine, clock, cells } = parts;
    this.#parts = parts;
    this.name = name;
    this.type = type;
    this.cell = cells.allocate();
    this.#settlesAt = clock.monotonic() + patience;
    this.#timer = clock.after(patience, this.#settle);
    const denial: RecordListener = {
      appeared: (record) => this.#denied(record),
      gone: () => this.#changed(),
    };
    this.#subscriptions = [engine.cache.watch(name, RecordType.NSEC, denial)];
    for (const record of engine.cache.lookup(name, RecordType.NSEC)) this.#denied(record);
    const answers: RecordListener = {
      appeared: (record) => this.#answered(record),
      gone: () => this.#changed(),
    };
    this.#subscriptions.push(engine.querier.subscribe(name, type, answers));
    if (this.#settled) return;
    const sign: RecordListener = {
      appeared: (record) => this.#owned(record),
      gone: () => undefined,
    };
    for (const other of OWNED) {
      if (other === type) continue;
      this.#subscriptions.push(engine.cache.watch(name, other, sign));
      for (const record of engine.cache.lookup(name, other)) this.#owned(record);
    }
  }

  /** Whether somebody on the link has the name, whatever else of it there is. */
  get isOwned(): boolean {
    const { cache } = this.#parts.engine;
    return OWNED.some((type) => cache.lookup(this.name, type).some(({ record }) => record.unique));
  }

  /** What is known now. */
  get records(): readonly CachedRecord[] {
    return this.#parts.engine.cache.lookup(this.name, this.type);
  }

  get isSettled(): boolean {
    return this.#settled;
  }

  /** Resolves once it is settled. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#settled) resolve();
      else this.#waiting.push(resolve);
    });
  }

  /** Asks no more. */
  close(): void {
    this.#settle();
    for (const subscription of this.#subscriptions) subscription.close();
    this.#parts.cells.release(this.cell);
  }

  #answered({ record }: CachedRecord): void {
    this.#changed();
    if (this.#settled) return;
    if (record.unique) this.#settle();
    else this.#settleWithin(GATHERING);
  }

  #denied({ record }: CachedRecord): void {
    this.#changed();
    if (denies(record, this.type)) this.#settle();
  }

  #owned({ record }: CachedRecord): void {
    if (record.unique) this.#settleWithin(OWNER_TIME);
  }

  /** @param delay milliseconds */
  #settleWithin(delay: number): void {
    const { clock } = this.#parts;
    const settlesAt = clock.monotonic() + delay;
    if (this.#settled || settlesAt >= this.#settlesAt) return;
    this.#settlesAt = settlesAt;
    this.#timer?.cancel();
    this.#timer = clock.after(delay, this.#settle);
  }

  #changed(): void {
    this.#parts.cells.bump(this.cell);
  }

  readonly #settle = (): void => {
    this.#timer?.cancel();
    this.#settled = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };
}
