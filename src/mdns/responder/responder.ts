import { RecordType } from '../../wire/codes.ts';
import { sameName, sameRecord } from '../cached-record.ts';
import type { EngineParts } from '../engine-parts.ts';
import { MULTICAST_PORT } from '../message.ts';
import type { LinkMessage, LinkRecord } from '../message.ts';
import type { LinkAddress, LinkSource } from '../multicast-link.ts';
import type { RecordCache } from '../record-cache.ts';
import { Answerer } from './answerer.ts';
import { Claim } from './claim.ts';
import type { ClaimParts } from './claim.ts';
import { ClaimedNames } from './claimed-names.ts';
import { ConflictRate } from './conflict-rate.ts';
import { Hearsay } from './hearsay.ts';
import { OwnNames } from './own-names.ts';
import type { OwnSet } from './own-set.ts';
import { Prober } from './prober.ts';
import type { Publication, PublicationOwner, Published } from './publication.ts';
import { RecentWords } from './recent-words.ts';
import { ResponseQueue } from './response-queue.ts';

/** What we say on a link: names probed, announced, answered for and defended, as RFC 6762, sections 6 to 10, has it. */
export class Responder {
  readonly #engine: EngineParts;
  readonly #parts: ClaimParts;
  readonly #answerer: Answerer;
  readonly #claims = new Set<Claim>();
  #addresses: readonly LinkAddress[];

  /** @param cache hears each response before the responder does */
  constructor(parts: EngineParts, cache: RecordCache) {
    const names = new OwnNames();
    const queue = new ResponseQueue(parts, names);
    this.#engine = parts;
    this.#addresses = parts.link.addresses;
    this.#answerer = new Answerer(parts, names, queue);
    this.#parts = {
      engine: parts,
      names,
      queue,
      prober: new Prober(parts),
      claimed: new ClaimedNames(),
      rate: new ConflictRate(parts.clock),
      recent: new RecentWords(parts.clock),
      hearsay: new Hearsay(parts.link, cache),
      forget: (claim) => this.#claims.delete(claim),
    };
  }

  /** Says something from now on: at once where it is shared, else once its names are found to be free. */
  publish(publication: Publication, owner: PublicationOwner): Published {
    const claim = new Claim(this.#parts, publication, owner);
    this.#claims.add(claim);
    if (this.#addresses.length > 0) claim.linkUp();
    return claim;
  }

  heardQuery(message: LinkMessage, source: LinkSource): void {
    if (message.authority.length > 0 && source.port === MULTICAST_PORT) {
      this.#yield(message.authority, source);
      for (const { name } of message.questions) {
        const theirs = message.authority.filter((record) => sameName(record.name, name));
        if (theirs.length === 0) continue;
        for (const claim of this.#parts.claimed.of(name)) claim.heardProbe(name, theirs);
      }
    }
    this.#answerer.heardQuery(message, source);
  }

  heardResponse(message: LinkMessage, source: LinkSource): void {
    this.#yield([...message.answers, ...message.additional], source);
    const agreed = new Set<OwnSet>();
    for (const section of [message.answers, message.authority, message.additional]) {
      for (const record of section) {
        const set = this.#parts.names.setOf(record);
        if (set !== undefined) this.#agree(set, record, agreed);
        else this.#weigh(record, message, source);
      }
    }
    const now = this.#engine.clock.monotonic();
    for (const set of agreed) if (set.saidElsewhereAt === now) this.#parts.queue.saidElsewhere(set);
  }

  /** Another interface of ours said something on this link: one of us is enough. */
  heardTwin({ answers, additional }: LinkMessage): void {
    const now = this.#engine.clock.monotonic();
    const said = new Map<OwnSet, number>();
    for (const record of [...answers, ...additional]) {
      const set = this.#parts.names.setOf(record);
      if (record.ttl === 0) this.#parts.queue.stay((other) => sameRecord(other, record));
      if (set === undefined) continue;
      const own = set.members.find((member) => sameRecord(member.record, record))!;
      if (record.ttl < own.record.ttl) {
        this.#parts.queue.announce(set);
        continue;
      }
      own.saidByTwinAt = now;
      said.set(set, (said.get(set) ?? 0) + 1);
    }
    for (const [set, count] of said) if (count >= set.members.length) this.#parts.queue.saidByTwin(set);
  }

  /** The link came, went, or is another. */
  addressesChanged(): void {
    const before = this.#addresses;
    const { addresses } = this.#engine.link;
    this.#addresses = addresses;
    const stayed = addresses.filter((one) => before.some(({ address }) => address === one.address));
    if (stayed.length === 0) {
      for (const claim of this.#claims) claim.linkDown();
      this.#parts.queue.clear();
      this.#parts.prober.clear();
      if (addresses.length > 0) for (const claim of this.#claims) claim.linkUp();
    } else if (stayed.length < addresses.length) {
      for (const claim of this.#claims) claim.announceAgain();
    }
  }

  /** Takes everything back, at once. */
  close(): void {
    for (const claim of [...this.#claims]) claim.close();
    this.#parts.prober.clear();
    this.#parts.queue.close();
  }

  /** Another program of this machine may speak, or be about to: who the machine is, is left to it. */
  #yield(records: readonly LinkRecord[], { address }: LinkSource): void {
    const { link } = this.#engine;
    // Who takes something back, or says what there is not, claims nothing.
    const claimed = records.filter(({ ttl, type }) => ttl > 0 && type !== RecordType.NSEC);
    for (const record of claimed) {
      for (const claim of this.#parts.claimed.of(record.name)) {
        if (!claim.isOfMachine || this.#parts.recent.has(record)) continue;
        // The address may be one that we got just now.
        if (!link.isOwn(address)) link.look();
        if (link.isOwn(address)) claim.heardNeighbour(record.name, claimed);
      }
    }
  }

  /** Somebody says the same as we do: fine, unless it would be forgotten too soon (RFC 6762, section 6.6). */
  #agree(set: OwnSet, record: LinkRecord, agreed: Set<OwnSet>): void {
    const own = set.members.find((member) => sameRecord(member.record, record))!;
    if (record.ttl * 2 < own.record.ttl) this.#parts.queue.sayOnce(set);
    else {
      own.saidElsewhereAt = this.#engine.clock.monotonic();
      // What is not less than ours serves for ours (section 7.4).
      if (record.ttl >= own.record.ttl) agreed.add(set);
    }
  }

  /** Somebody says something that we do not: that is a conflict where the name is to be ours alone. */
  #weigh(record: LinkRecord, { options }: LinkMessage, source: LinkSource): void {
    // Who takes it back, or says what there is not, claims nothing.
    if (record.ttl === 0 || record.type === RecordType.NSEC) return;
    const claims = this.#parts.claimed.of(record.name);
    if (claims.length === 0) return;
    const isOurs = claims.some((claim) => claim.claims(record.name).some((own) => sameRecord(own, record)));
    if (isOurs || this.#parts.recent.has(record)) return;
    for (const claim of claims) {
      const [own] = claim.claims(record.name);
      if (own !== undefined) claim.contradicted({ name: own.name, source, record, mark: options });
    }
  }
}
