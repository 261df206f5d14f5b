import { RecordType } from '../../wire/codes.ts';
import { nameInData } from '../../wire/rdata.ts';
import type { Timer } from '../../plugin/clock.ts';
import { sameName } from '../cached-record.ts';
import type { CachedRecord } from '../cached-record.ts';
import { markedBy } from '../gateway-mark.ts';
import type { LinkEngine } from '../link-engine.ts';
import type { LinkMessage, LinkRecord } from '../message.ts';
import type { Subscription } from '../record-cache.ts';
import type { Conflict, Publication, Published } from '../responder/publication.ts';
import { labelFromText, nextHost, nextInstance } from '../responder/service-label.ts';
import { hostRecords, instanceName, serviceRecords } from '../responder/service-records.ts';
import type { Siblings } from './siblings.ts';

/** What is said of a service that is somewhere else than here. */
export interface ElectedContent {
  /** `_http._tcp`. */
  readonly type: string;
  readonly port: number;
  readonly txt: readonly string[];
  /** Where it is, in text. */
  readonly addresses: readonly string[];
}

/** Who has a service announced. */
export interface ElectionListener {
  /** It is announced, by us, under that name. */
  announced(instance: string): void;
  /** A stranger has the name: this one is tried instead. */
  renamed(instance: string, conflict: Conflict): void;
  /** A sibling announces it. @param sibling its id */
  standsBy(sibling: string): void;
}

/** Milliseconds for which a sibling that is asked for what it announces may be silent, or one that probes. */
const ANSWER_LIMIT = 1000;
/** Milliseconds in which the sibling that comes first is to have begun: its first probe goes after 250 at most. */
const FIRST_WORD = 500;
/** Milliseconds for which others are let begin at all: somebody might probe for ever. */
const LONGEST_WAIT = 2000;
/** Where the target of an SRV record begins, after priority, weight and port. */
const TARGET_AT = 6;

/**
 * A service that each of several siblings could announce, and one does. Who finds a name of it with a stranger takes
 * the next one; who finds it with a sibling stands by, and takes over, under the same name, when the sibling is gone
 * or says goodbye to it. What siblings say of a service differs in the weight of the SRV record, which means nothing
 * where there is one: so each sees that there is another, whatever else they agree in.
 *
 * Where one of them is known to come first, the others let it begin. They hear and ask whether anybody does, for half a
 * second: it may be elsewhere, or have nothing to announce.
 */
export class ElectedService {
  readonly #engine: LinkEngine;
  readonly #siblings: Siblings;
  readonly #listener: ElectionListener;
  /** The first label of the host: of one service, it is the same on all siblings. */
  readonly #firstHost: string;
  #content: ElectedContent;
  #instance: string;
  #host: string;
  #published: Published | undefined;
  #waiting: readonly Subscription[] = [];
  /** The sibling that was told of last. */
  #standsBy: string | undefined;
  #asked: Timer | undefined;

  /**
   * @param instance the name that is wanted
   * @param host first label of the host's name that is wanted
   * @throws FormatError when one of the names is none
   */
  constructor(
    engine: LinkEngine,
    siblings: Siblings,
    names: { readonly instance: string; readonly host: string },
    content: ElectedContent,
    listener: ElectionListener,
  ) {
    this.#engine = engine;
    this.#siblings = siblings;
    this.#listener = listener;
    this.#firstHost = names.host;
    this.#content = content;
    this.#instance = names.instance;
    this.#host = names.host;
    const first = siblings.first();
    if (first === undefined || first === siblings.id) this.#claim();
    else this.#letOthersBegin();
  }

  /** Others find it here: it is ours. */
  get isAnnounced(): boolean {
    return this.#published?.state === 'established';
  }

  /** Says something else of it; its names stay. */
  update(content: ElectedContent): void {
    this.#content = content;
    this.#published?.update(this.#publication());
  }

  /** Says goodbye, where it is ours. */
  close(): void {
    this.#stopWaiting();
    this.#published?.close();
    this.#published = undefined;
  }

  /** Claims it when nobody else has begun to. */
  #letOthersBegin(): void {
    const engine = this.#engine;
    const { clock } = this.#siblings;
    // What is wrong with its names is to be known now.
    this.#publication();
    const latest = clock.monotonic() + LONGEST_WAIT;
    this.#waiting = [
      engine.followMarked((message) => this.#heardAnswer(message)),
      engine.followProbes(({ authority }) => {
        if (!authority.some((record) => this.#isOurs(record))) return;
        this.#claimAfter(Math.min(ANSWER_LIMIT, latest - clock.monotonic()));
      }),
    ];
    engine.ask({ name: this.#name, type: RecordType.SRV, unicast: !engine.link.isShared });
    this.#claimAfter(FIRST_WORD);
  }

  /** Who announces it is not always the one that comes first. */
  #heardAnswer({ answers, options }: LinkMessage): void {
    const sibling = markedBy(options);
    if (sibling === undefined || sibling === this.#siblings.id) return;
    if (!answers.some((record) => record.ttl > 0 && this.#isOurs(record))) return;
    this.#stopWaiting();
    if (this.#isSameService()) this.#standBy(sibling);
    else this.#claim();
  }

  #isOurs({ name, type }: LinkRecord): boolean {
    return type === RecordType.SRV && sameName(name, this.#name);
  }

  #claimAfter(delay: number): void {
    this.#asked?.cancel();
    this.#asked = this.#siblings.clock.after(delay, () => this.#claim());
  }

  #claim(): void {
    this.#stopWaiting();
    this.#published = this.#engine.responder.publish(this.#publication(), {
      established: () => {
        this.#standsBy = undefined;
        this.#listener.announced(this.#instance);
      },
      conflict: (conflict) => this.#give(conflict),
    });
  }

  #publication(): Publication {
    const { type, port, txt, addresses } = this.#content;
    const host = `${labelFromText(this.#host)}.local.`;
    const weight = Number.parseInt(this.#siblings.id.slice(0, 4), 16);
    const service = serviceRecords({ instance: this.#instance, type, host, port, txt, weight });
    const unique = [...service.unique, ...hostRecords(host, addresses)];
    return { unique, shared: service.shared, isProxied: false, isMarked: true };
  }

  #give(conflict: Conflict): Publication | undefined {
    const sibling = markedBy(conflict.mark);
    const isInstance = sameName(conflict.name, this.#name);
    // An old word of ours that came back in a strange way.
    if (sibling === this.#siblings.id) return this.#publication();
    const isSame = sibling !== undefined && this.#isSameService();
    if (isSame) {
      this.#standBy(sibling);
      return undefined;
    }
    // Who has our host has our service, under another name if ours is another's.
    if (isInstance || sibling !== undefined) {
      this.#instance = nextInstance(this.#instance);
      this.#listener.renamed(this.#instance, conflict);
    } else this.#host = nextHost(this.#host);
    return this.#publication();
  }

  #standBy(sibling: string): void {
    this.#published = undefined;
    const { cache } = this.#engine;
    const name = this.#name;
    this.#waiting = [
      this.#siblings.watch(sibling, () => this.#claim()),
      cache.watch(name, RecordType.SRV, {
        appeared: () => undefined,
        gone: (record) => this.#missing(name, record),
      }),
    ];
    if (this.#standsBy === sibling) return;
    this.#standsBy = sibling;
    this.#listener.standsBy(sibling);
  }

  /** What the sibling said is forgotten: because it was taken back, or because nobody asked for long. */
  #missing(name: string, { record, heardAt, expiresAt }: CachedRecord): void {
    const isSaid = (): boolean => this.#engine.cache.lookup(name, RecordType.SRV).length > 0;
    if (isSaid()) return;
    if (expiresAt < heardAt + record.ttl * 1000) {
      this.#claim();
      return;
    }
    this.#engine.ask({ name, type: RecordType.SRV, unicast: !this.#engine.link.isShared });
    this.#asked?.cancel();
    this.#asked = this.#siblings.clock.after(ANSWER_LIMIT, () => {
      if (!isSaid()) this.#claim();
    });
  }

  #stopWaiting(): void {
    this.#asked?.cancel();
    for (const waiting of this.#waiting) waiting.close();
    this.#waiting = [];
  }

  get #name(): string {
    return instanceName(this.#instance, this.#content.type);
  }

  /** Whether what others announce under our name is this service, and not another of the cluster with the same name. */
  #isSameService(): boolean {
    return this.#engine.cache.lookup(this.#name, RecordType.SRV).every(({ record }) => {
      const [host = ''] = nameInData(record.data, TARGET_AT).split('.', 1);
      return host === this.#host || withoutNumber(host) === withoutNumber(this.#firstHost);
    });
  }
}

/** Without what `nextHost` appends. */
function withoutNumber(label: string): string {
  return label.toLowerCase().replace(/-\d{1,6}$/, '');
}
