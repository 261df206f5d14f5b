import type { Clock, Timer } from '../../plugin/clock.ts';
import { RecordClass, RecordType } from '../../wire/codes.ts';
import { sameName } from '../cached-record.ts';
import { markedBy } from '../gateway-mark.ts';
import type { LinkEngine } from '../link-engine.ts';
import type { LinkMessage, LinkRecord } from '../message.ts';
import type { LinkSource } from '../multicast-link.ts';
import type { Subscription } from '../record-cache.ts';
import type { Published } from '../responder/publication.ts';

/** Milliseconds from one question to a sibling that is watched to the next. */
const PING_INTERVAL = 500;
/** Questions without an answer after which, an interval later, it counts as gone. */
const PINGS = 2;
/** Siblings that are remembered; more than any link has. */
const MOST_KNOWN = 256;
const PRESENCE_TTL = 120;

/**
 * The other instances of Signpost on a link, known by the id in the mark of what they say. Each has a name of its own
 * there, `signpost-ID.local`, that it answers for while it lives: who depends on one asks it twice a second. The first
 * question goes to its address, the second to all, for on a machine with another responder the first may go astray.
 */
export class Siblings {
  /** Our own id, in hexadecimal. */
  readonly id: string;
  readonly #engine: LinkEngine;
  readonly clock: Clock;
  /** The id of the one of us that comes first, as others than the link have it: a lease; undefined: none is known. */
  first: () => string | undefined = nobody;
  readonly #presence: Published;
  readonly #following: Subscription;
  /** Where they were heard last, by id. */
  readonly #known = new Map<string, LinkSource>();
  readonly #watches = new Map<string, Watch>();

  /** @throws {TypeError} where the engine has no mark */
  constructor(engine: LinkEngine, clock: Clock) {
    const id = markedBy(engine.mark);
    if (id === undefined) throw new TypeError('an engine without a mark has no siblings');
    this.id = id;
    this.#engine = engine;
    this.clock = clock;
    const presence = { unique: [presenceRecord(id)], shared: [], isProxied: false, isMarked: true };
    this.#presence = engine.responder.publish(presence, {
      established: () => undefined,
      conflict: () => presence,
    });
    this.#following = engine.followMarked((message, source) => this.#heard(message, source));
  }

  /** The address at which a sibling was heard last. */
  addressOf(id: string): string | undefined {
    return this.#known.get(id)?.address;
  }

  /** Tells, once, when a sibling is gone: it took its leave, or did not answer for a second and a half. */
  watch(id: string, lost: () => void): Subscription {
    let watch = this.#watches.get(id);
    if (watch === undefined) {
      watch = {
        lost: new Set(),
        unanswered: 0,
        timer: this.clock.every(PING_INTERVAL, () => this.#ping(id)),
      };
      this.#watches.set(id, watch);
    }
    // Two that watch the same way are two.
    const listener = (): void => lost();
    watch.lost.add(listener);
    return { close: () => this.#unwatch(id, listener) };
  }

  /** Takes our leave: the others know at once. */
  close(): void {
    this.#following.close();
    for (const { timer } of this.#watches.values()) timer.cancel();
    this.#watches.clear();
    this.#presence.close();
  }

  #unwatch(id: string, listener: () => void): void {
    const watch = this.#watches.get(id);
    if (watch === undefined || !watch.lost.delete(listener) || watch.lost.size > 0) return;
    watch.timer.cancel();
    this.#watches.delete(id);
  }

  #heard(message: LinkMessage, source: LinkSource): void {
    const id = markedBy(message.options);
    if (id === undefined || id === this.id) return;
    this.#known.delete(id);
    this.#known.set(id, source);
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    const name = presenceName(id);
    if (message.answers.some((record) => record.ttl === 0 && sameName(record.name, name))) this.#lose(id);
    else {
      const watch = this.#watches.get(id);
      if (watch !== undefined) watch.unanswered = 0;
    }
  }

  #ping(id: string): void {
    const watch = this.#watches.get(id)!;
    if (watch.unanswered >= PINGS) {
      this.#lose(id);
      return;
    }
    const to = watch.unanswered === 0 ? this.#known.get(id) : undefined;
    watch.unanswered++;
    const unicast = to !== undefined || !this.#engine.link.isShared;
    this.#engine.ask({ name: presenceName(id), type: RecordType.TXT, unicast }, to);
  }

  #lose(id: string): void {
    this.#known.delete(id);
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.timer.cancel();
    this.#watches.delete(id);
    for (const lost of watch.lost) lost();
  }
}

function nobody(): undefined {
  return undefined;
}

interface Watch {
  readonly lost: Set<() => void>;
  readonly timer: Timer;
  /** Questions since it was heard last. */
  unanswered: number;
}

function presenceName(id: string): string {
  return `signpost-${id}.local.`;
}

function presenceRecord(id: string): LinkRecord {
  return {
    name: presenceName(id),
    type: RecordType.TXT,
    class: RecordClass.IN,
    ttl: PRESENCE_TTL,
    data: Uint8Array.of(0),
    unique: true,
  };
}
