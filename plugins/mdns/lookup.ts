import type { CachedRecord } from '../../src/mdns/cached-record.ts';
import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import { denies } from '../../src/mdns/negative.ts';
import type { RecordListener, Subscription } from '../../src/mdns/record-cache.ts';
import type { Clock, Timer } from '../../src/plugin/clock.ts';
import type { VersionCell, VersionCells } from '../../src/truth/version-cells.ts';
import { RecordType } from '../../src/wire/codes.ts';

/** Milliseconds that others have to answer as well, after the first record that several may have. */
const GATHERING = 150;

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
  #timer: Timer | undefined;

  /** @param patience milliseconds to wait for somebody to answer */
  constructor(parts: LookupParts, name: string, type: number, patience: number) {
    const { engine, clock, cells } = parts;
    this.#parts = parts;
    this.name = name;
    this.type = type;
    this.cell = cells.allocate();
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
    else {
      this.#timer?.cancel();
      this.#timer = this.#parts.clock.after(GATHERING, this.#settle);
    }
  }

  #denied({ record }: CachedRecord): void {
    this.#changed();
    if (denies(record, this.type)) this.#settle();
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
