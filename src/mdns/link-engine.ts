import type { Logger } from '../log/logger.ts';
import type { Clock } from '../plugin/clock.ts';
import type { Random } from '../plugin/random.ts';
import { DeadlineQueue } from '../plugin/deadline-queue.ts';
import { FormatError } from '../wire/errors.ts';
import { EchoFilter } from './echo-filter.ts';
import type { EngineParts } from './engine-parts.ts';
import type { LinkCounters } from './link-counters.ts';
import { MULTICAST_PORT, readLinkMessage } from './message.ts';
import type { LinkMessage, LinkQuestion } from './message.ts';
import { farReaching, isAnotherLink } from './link-networks.ts';
import { LinkTwins } from './link-twins.ts';
import type { LinkAddress, LinkSource, MulticastLink } from './multicast-link.ts';
import { PacketRate } from './packet-rate.ts';
import { queryPackets } from './packets.ts';
import { Querier } from './querier.ts';
import { RecordCache } from './record-cache.ts';
import type { Subscription } from './record-cache.ts';
import { Responder } from './responder/responder.ts';

/** What an engine is given. */
export interface LinkSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counters: LinkCounters;
  /** See EngineParts. */
  readonly mark: Uint8Array;
  /** Of all engines of this machine, where two interfaces may be on one link; its own where there is none. */
  readonly echoes?: EchoFilter;
  /** Whether the options of a packet, in wire form, say that a gateway speaks for another link. */
  isMarked(options: Uint8Array): boolean;
}

/** What the log says of a port that is not ours alone. */
export const SHARED_PORT = `another program has UDP port ${MULTICAST_PORT} too: no replies by unicast are asked for`;

/** Everything of mDNS on one link: hears packets, and gives them to the parts that they concern. */
export class LinkEngine {
  readonly link: MulticastLink;
  readonly cache: RecordCache;
  readonly querier: Querier;
  readonly responder: Responder;
  readonly #surroundings: LinkSurroundings;
  readonly #echoes: EchoFilter;
  readonly #twins: LinkTwins;
  readonly #rate: PacketRate;
  readonly #addressListeners = new Set<() => void>();
  readonly #markedListeners = new Set<(message: LinkMessage, source: LinkSource) => void>();
  readonly #probeListeners = new Set<(message: LinkMessage) => void>();

  /** Our addresses when the link last had ones by which it can be told. */
  #lastNetworks: readonly LinkAddress[] = [];

  constructor(link: MulticastLink, surroundings: LinkSurroundings) {
    const { clock, random, log, counters, mark } = surroundings;
    this.link = link;
    this.#lastNetworks = farReaching(link.addresses);
    this.#surroundings = surroundings;
    this.#echoes = surroundings.echoes ?? new EchoFilter(clock);
    this.#twins = new LinkTwins(link, clock, () => this.#tellAddresses());
    this.#rate = new PacketRate(clock);
    const deadlines = new DeadlineQueue(clock);
    const parts: EngineParts = {
      link,
      twins: this.#twins,
      clock,
      random,
      deadlines,
      log,
      counters,
      mark,
      send: (packets, to) => this.#send(packets, to),
    };
    this.cache = new RecordCache(parts);
    this.querier = new Querier(parts, this.cache);
    this.responder = new Responder(parts, this.cache);
    link.listen({
      heard: (packet, source) => this.#heard(packet, source),
      addressesChanged: () => this.#addressesChanged(),
    });
  }

  /** Our addresses on the link: of all our interfaces that are on it. */
  get addresses(): readonly LinkAddress[] {
    return this.#twins.addresses;
  }

  /** Tells when `addresses` are others. */
  followAddresses(listener: () => void): Subscription {
    this.#addressListeners.add(listener);
    return { close: () => void this.#addressListeners.delete(listener) };
  }

  get clock(): Clock {
    return this.#surroundings.clock;
  }

  /** Marks what we say for others; see EngineParts. */
  get mark(): Uint8Array {
    return this.#surroundings.mark;
  }

  /** Tells of each response that carries a gateway's mark. */
  followMarked(listener: (message: LinkMessage, source: LinkSource) => void): Subscription {
    this.#markedListeners.add(listener);
    return { close: () => void this.#markedListeners.delete(listener) };
  }

  /** Tells of each query by which somebody else is about to claim something (RFC 6762, section 8.2). */
  followProbes(listener: (message: LinkMessage) => void): Subscription {
    this.#probeListeners.add(listener);
    return { close: () => void this.#probeListeners.delete(listener) };
  }

  /** Asks once, of the group or of one receiver. */
  ask(question: LinkQuestion, to?: LinkSource): void {
    this.#send(queryPackets([question]), to);
  }

  /** Says goodbye for all that is published, and leaves the link; resolves once all of it is said. */
  close(): void | Promise<void> {
    this.#twins.close();
    this.querier.close();
    this.responder.close();
    this.cache.clear();
    return this.link.close();
  }

  #heard(packet: Uint8Array, source: LinkSource): void {
    const { counters } = this.#surroundings;
    counters.received.value++;
    const message = this.#read(packet);
    if (message === undefined) return;
    // Our own words, as the system or a bridge gives them back, are news to the cache alone.
    const isOwn = this.link.isOwn(source.address);
    const senders = isOwn ? this.#echoes.sendersOf(packet) : undefined;
    const isEcho = senders !== undefined;
    if (isEcho) this.#heardEcho(senders, message, source);
    if (isOwn && !isEcho && source.port === MULTICAST_PORT) this.#foundAnother();
    if (!isEcho && !this.#rate.admits(source.address)) {
      counters.dropped.too_many.value++;
      return;
    }
    if (message.isResponse) {
      // Only from the port of mDNS (RFC 6762, section 6).
      if (source.port !== MULTICAST_PORT) return;
      this.#keep(message, source);
      if (isEcho) return;
      if (this.#surroundings.isMarked(message.options)) {
        for (const listener of [...this.#markedListeners]) listener(message, source);
      }
      this.responder.heardResponse(message, source);
    } else if (!isEcho) {
      if (source.port === MULTICAST_PORT) this.querier.heardQuery(message);
      if (message.authority.length > 0) for (const listener of [...this.#probeListeners]) listener(message);
      this.responder.heardQuery(message, source);
    }
  }

  /** Another program of this machine has the port, too: since just now, or it has been silent. */
  #foundAnother(): void {
    const { link } = this;
    if (link.isShared) return;
    link.isShared = true;
    this.#surroundings.log.info(`${link.name}: ${SHARED_PORT}`);
  }

  #read(packet: Uint8Array): LinkMessage | undefined {
    try {
      return readLinkMessage(packet);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#surroundings.counters.dropped.malformed.value++;
      return undefined;
    }
  }

  #keep(message: LinkMessage, { address }: LinkSource): void {
    const isProxied = this.#surroundings.isMarked(message.options);
    for (const record of message.answers) this.cache.put(record, address, isProxied);
    for (const record of message.additional) this.cache.put(record, address, isProxied);
  }

  #send(packets: readonly Buffer[], to: LinkSource | undefined): void {
    for (const packet of packets) {
      if (to === undefined || this.link.isOwn(to.address)) this.#echoes.sent(packet, this.#twins);
      if (to === undefined) this.#twins.sent();
      this.#surroundings.counters.sent.value++;
      this.link.send(packet, to);
    }
  }

  /** Our own words: if another interface of ours sent them, it is on this link, too. */
  #heardEcho(senders: ReadonlySet<LinkTwins>, message: LinkMessage, { address }: LinkSource): void {
    if (!this.#echoes.tellsLinksApart || this.#twins.has(address)) return;
    for (const sender of senders) {
      if (!sender.has(address)) continue;
      this.#twins.heard(sender);
      if (message.isResponse) this.responder.heardTwin(message);
    }
  }

  #tellAddresses(): void {
    for (const listener of [...this.#addressListeners]) listener();
  }

  #addressesChanged(): void {
    const { addresses } = this.link;
    // Nobody's word holds any more when the link is down, or another: a laptop that is carried elsewhere.
    if (addresses.length === 0 || isAnotherLink(this.#lastNetworks, addresses)) this.cache.clear();
    if (addresses.length > 0) this.querier.restart();
    const networks = farReaching(addresses);
    if (networks.length > 0) this.#lastNetworks = networks;
    this.#twins.addressesChanged();
    // What is said is to have the new addresses before it is said again.
    this.#tellAddresses();
    this.responder.addressesChanged();
  }
}
