import type { CachedRecord } from '../../src/mdns/cached-record.ts';
import { secondsLeft } from '../../src/mdns/cached-record.ts';
import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { targetOf } from './link-zone.ts';
import type { LinkZone } from './link-zone.ts';
import type { Lookup } from './lookup.ts';
import type { Lookups } from './lookups.ts';
import { Reachability } from './reachability.ts';
import { authorityOf } from './zone-records.ts';

/** What answers are made with. */
export interface AnswerParts {
  readonly engine: LinkEngine;
  readonly lookups: Lookups;
  readonly clock: Clock;
  readonly cells: VersionCells;
}

/** Which records make a question for a record of a type needless (RFC 6763, section 12). */
const FOLLOWING: ReadonlyMap<number, readonly number[]> = new Map([
  [RecordType.PTR, [RecordType.SRV, RecordType.TXT]],
  [RecordType.SRV, [RecordType.A, RecordType.AAAA]],
]);

/** Answers of one link under the names of one zone. */
export class LinkAnswers {
  readonly #parts: AnswerParts;
  readonly #names: LinkZone;
  readonly #reachability: Reachability;
  /** For answers without records; none where the zone is not all ours. */
  readonly #authority: readonly ResourceRecord[];

  constructor(parts: AnswerParts, names: LinkZone, isAuthority: boolean) {
    this.#parts = parts;
    this.#names = names;
    this.#reachability = new Reachability(parts.engine.cache, parts.lookups);
    this.#authority = isAuthority ? [authorityOf(names)] : [];
  }

  /**
   * Answers a query with the records of a link's name: at once where they are known, else when somebody answered.
   * There are no name errors: who is there now may be gone, and come back (RFC 8766, section 5.5.3).
   * @param patience milliseconds to wait for somebody
   */
  answer(query: Query, name: string, patience: number): Reply | Promise<Reply> {
    const types = query.type === RecordType.ANY ? typesOf(name) : [query.type];
    const lookups: Lookup[] = [];
    for (const type of types) {
      const lookup = this.#parts.lookups.ask(name, type, patience);
      if (lookup === undefined) {
        const error = new Error('too many names of the link are being asked for');
        return Reply.failure(Rcode.ServerFailure, 'mdns', error);
      }
      lookups.push(lookup);
    }
    const found = (): readonly CachedRecord[] =>
      query.type === RecordType.ANY ? this.#parts.engine.cache.lookupAll(name) : lookups[0]!.records;
    return whenSettled(lookups, () => {
      for (const { cell } of lookups) query.dependencies.read(this.#parts.cells, cell);
      return this.#fromKnown(query, found, patience);
    });
  }

  /** Nothing. */
  get none(): Reply {
    return new Reply({ authoritative: true, authority: this.#authority, source: 'mdns' });
  }

  /** Waits for hosts that may have no address of use (RFC 8766, section 5.5.2): they are not heard of for half a second. */
  #fromKnown(query: Query, found: () => readonly CachedRecord[], patience: number): Reply | Promise<Reply> {
    const doubts = this.#reachability.doubts(found(), patience);
    if (doubts.length === 0) return this.#reply(query, found());
    return whenSettled(doubts, () =>
      this.#reply(
        query,
        found().filter((record) => this.#reachability.isOfUse(record)),
      ),
    );
  }

  #reply({ dependencies }: Query, known: readonly CachedRecord[]): Reply {
    const { cells, lookups } = this.#parts;
    // What it leads to is part of the answer, as it is now.
    if (known.some(({ record }) => targetOf(record) !== undefined)) dependencies.read(cells, lookups.cell);
    const answer = this.#shown(known);
    if (answer.length === 0) return this.none;
    return new Reply({ authoritative: true, answer, additional: this.#following(known), source: 'mdns' });
  }

  #shown(known: readonly CachedRecord[]): ResourceRecord[] {
    const now = this.#parts.clock.monotonic();
    return known.flatMap((record) => this.#names.toRecord(record.record, secondsLeft(record, now)) ?? []);
  }

  /** What the link has told of those that the answer names, so that one round trip is enough. */
  #following(known: readonly CachedRecord[]): ResourceRecord[] {
    const following = new Map<string, CachedRecord[]>();
    const queue = [...known];
    for (let record = queue.shift(); record !== undefined; record = queue.shift()) {
      const target = targetOf(record.record);
      if (target === undefined) continue;
      for (const type of FOLLOWING.get(record.record.type) ?? []) {
        const key = `${type} ${target.toLowerCase()}`;
        if (following.has(key)) continue;
        const found = [...this.#parts.engine.cache.lookup(target, type)];
        following.set(key, found);
        queue.push(...found);
      }
    }
    return this.#shown([...following.values()].flat());
  }
}

function whenSettled(
  lookups: readonly Lookup[],
  reply: () => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  const waiting = lookups.filter((lookup) => !lookup.isSettled);
  if (waiting.length === 0) return reply();
  return Promise.all(waiting.map((lookup) => lookup.settled())).then(reply);
}

/** What is asked of a name when all is wanted: links are not asked for ANY, which few devices answer fully. */
function typesOf(name: string): readonly number[] {
  if (name.startsWith('_')) return [RecordType.PTR];
  return name.includes('._') ? [RecordType.SRV, RecordType.TXT] : [RecordType.A, RecordType.AAAA];
}
