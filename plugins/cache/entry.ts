import type { Hashed } from '../../src/plugin/hash-table.ts';
import { Reply } from '../../src/server/reply.ts';
import type { Query } from '../../src/server/query.ts';
import type { Dependencies } from '../../src/truth/dependencies.ts';
import type { VersionCells } from '../../src/truth/version-cells.ts';
import { HeaderFlag } from '../../src/wire/codes.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import { withTtl } from '../../src/wire/record.ts';
import { estimateBytes } from './entry-bytes.ts';
import type { Judgement, Kind } from './judgement.ts';
import type { CacheCounters } from './metrics.ts';

/** Type, class, DO and CD of a query in one number: with its name, what tells entries apart. */
export function questionCode({ type, class: recordClass, flags, edns }: Query): number {
  const dnssecOk = edns?.dnssecOk === true ? 2 : 0;
  return (recordClass * 65_536 + type) * 4 + dnssecOk + ((flags & HeaderFlag.CD) === 0 ? 0 : 1);
}

/** Where an entry comes from. */
export interface Origin {
  /** What its answer was made from. */
  readonly dependencies: Dependencies;
  /** When it came, in milliseconds of the monotonic clock. */
  readonly stored: number;
  /** The counters of the server that it was fetched for. */
  readonly counters: CacheCounters;
  /** The configuration that alone may give it, because other server blocks had a say; undefined: all may. */
  readonly configuration: object | undefined;
}

/** One answer that is kept. */
export class Entry implements Hashed<Entry> {
  readonly name: string;
  /** Of the name. */
  readonly hash: number;
  readonly code: number;
  readonly kind: Kind;
  readonly isFailure: boolean;
  /** Seconds that it lives. */
  readonly ttl: number;
  /** Milliseconds of the monotonic clock. */
  readonly stored: number;
  /** The version cells that it was made from: it is true while they hold, and not a moment longer. */
  readonly dependencies: Dependencies;
  readonly counters: CacheCounters;
  readonly configuration: object | undefined;
  /** Estimated bytes of memory. */
  readonly bytes: number;
  /** A new answer is being fetched. */
  refreshing = false;
  /** No refresh before this time, milliseconds of the monotonic clock. */
  recheckAt = 0;
  /** Hits in a row without too long a gap, and when the last one was. */
  hits = 0;
  lastHit = -Infinity;
  /** When the store last noted that it was used. */
  touched: number;
  /** The next entry of the same hash: nearly always of the same name. */
  next: Entry | undefined;
  /** As it was sent, until the first repeat: many are never asked for again. */
  #sent: Reply | undefined;
  #reply: Reply | undefined;
  /** The repeat with the TTL that it was last given with; most hits are in the same second as the one before. */
  #repeat: Reply | undefined;
  #repeatTtl: number;
  #unauthenticated: Reply | undefined;

  /** @param reply as it was sent at the miss, all TTLs being `judgement.ttl` */
  constructor(
    query: Query,
    reply: Reply,
    kind: Kind,
    { ttl, isFailure }: Judgement,
    { dependencies, stored, counters, configuration }: Origin,
  ) {
    this.name = query.name;
    this.hash = query.nameHash;
    this.code = questionCode(query);
    this.kind = kind;
    this.isFailure = isFailure;
    this.ttl = ttl;
    this.stored = stored;
    this.touched = stored;
    this.next = undefined;
    this.dependencies = dependencies;
    this.counters = counters;
    this.configuration = configuration;
    this.bytes = estimateBytes(this.name, reply.answer, reply.authority, reply.additional);
    // The error of a failure has a stack: it must not live as long as the entry.
    this.#sent = reply.error === undefined ? reply : undefined;
    this.#reply = this.#sent === undefined ? toRepeat(reply, isFailure) : undefined;
    this.#repeat = undefined;
    this.#repeatTtl = ttl;
    this.#unauthenticated = undefined;
  }

  /** What flights go by. */
  get nameHash(): number {
    return this.hash;
  }

  /** Seconds left to live; negative for those since it ran out. */
  remaining(now: number): number {
    return this.ttl - Math.floor((now - this.stored) / 1000);
  }

  /** Whether what it was made from is still as it was. */
  holds(cells: VersionCells): boolean {
    return this.dependencies.hold(cells);
  }

  /** The reply with all TTLs at `ttl` seconds. AD is only for those who asked for it (RFC 6840, section 5.7). */
  repeat(ttl: number, authenticData: boolean): Reply {
    if (this.#repeat === undefined || ttl !== this.#repeatTtl) {
      this.#reply ??= toRepeat(this.#sent!, this.isFailure);
      this.#sent = undefined;
      this.#repeat = ttl === this.ttl ? this.#reply : withTtls(this.#reply, ttl);
      this.#repeatTtl = ttl;
      this.#unauthenticated = undefined;
    }
    if (authenticData || !this.#repeat.authenticData) return this.#repeat;
    return (this.#unauthenticated ??= this.#repeat.with({ authenticData: false }));
  }
}

function withTtls(reply: Reply, ttl: number): Reply {
  return reply.with({
    answer: withTtl(reply.answer, ttl),
    authority: withTtl(reply.authority, ttl),
    additional: withTtl(reply.additional, ttl),
  });
}

/** Authoritative always: CoreDNS's repeats are, and there are clients that count on it. */
function toRepeat(sent: Reply, isFailure: boolean): Reply {
  const { rcode, bare, extendedError, recursionAvailable, authenticData, answer, authority, additional } =
    sent;
  return new Reply({
    rcode,
    authoritative: !bare,
    bare,
    recursionAvailable,
    authenticData,
    answer,
    authority,
    additional,
    // Of a failure that is kept: that it is one (RFC 8914, section 4.14).
    extendedError: isFailure
      ? { code: ExtendedErrorCode.CachedError, text: extendedError?.text ?? '' }
      : extendedError,
    source: 'cache',
  });
}
