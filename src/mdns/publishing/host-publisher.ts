import { RecordType } from '../../wire/codes.ts';
import type { Timer } from '../../plugin/clock.ts';
import { addressBytes } from '../../wire/address.ts';
import type { LinkEngine } from '../link-engine.ts';
import { isLinkLocal } from '../link-networks.ts';
import type { LinkAddress } from '../multicast-link.ts';
import type { Publication, Published } from '../responder/publication.ts';
import type { Subscription } from '../record-cache.ts';
import { labelFromText, nextHost } from '../responder/service-label.ts';
import { hostRecords, reverseRecords } from '../responder/service-records.ts';

/** Milliseconds for which another program that claims the name may take to have it. */
const SETTLING = 5000;
const ADDRESSES = [RecordType.A, RecordType.AAAA];

/**
 * This machine's name on a link, with its addresses there, whichever they are at a time. Where another program of the
 * machine (Avahi, systemd-resolved) says the same name, it is left to it until it does so no more: two that know the
 * addresses each in their way would take each other for strangers, and rename the machine.
 */
export class HostPublisher {
  readonly #engine: LinkEngine;
  readonly #renamed: (name: string) => void;
  readonly #following: Subscription;
  #label: string;
  #published: Published | undefined;
  #settling: Timer | undefined;
  #watching: readonly Subscription[] = [];

  /**
   * @param label that is wanted: the first label of the machine's own name
   * @param renamed is told the full name that was claimed instead, because another host has the first
   */
  constructor(engine: LinkEngine, label: string, renamed: (name: string) => void) {
    this.#engine = engine;
    this.#label = label;
    this.#renamed = renamed;
    this.#publish();
    this.#following = engine.followAddresses(() => this.#published?.update(this.#publication()));
  }

  /** The full name: `gateway.local.`. */
  get name(): string {
    return `${labelFromText(this.#label)}.local.`;
  }

  /** Says goodbye. */
  close(): void {
    this.#following.close();
    this.#stopWatching();
    this.#published?.close();
  }

  #publish(): void {
    this.#stopWatching();
    this.#published = this.#engine.responder.publish(this.#publication(), {
      established: () => undefined,
      conflict: () => this.#rename(),
      yielded: () => this.#leave(),
    });
  }

  #publication(): Publication {
    const { link } = this.#engine;
    const addresses = toldAddresses(this.#engine.addresses);
    return {
      unique: hostRecords(this.name, addresses),
      // The addresses have one name for all: that of the machine's other responder, where there is one.
      shared: link.isShared ? [] : reverseRecords(this.name, addresses),
      isProxied: false,
      isOfMachine: true,
    };
  }

  #rename(): Publication {
    this.#label = nextHost(this.#label);
    this.#renamed(this.name);
    return this.#publication();
  }

  #leave(): void {
    this.#published = undefined;
    const { cache, clock } = this.#engine;
    const listener = { appeared: () => undefined, gone: () => this.#takeBack() };
    this.#watching = ADDRESSES.map((type) => cache.watch(this.name, type, listener));
    this.#settling = clock.after(SETTLING, () => this.#takeBack());
  }

  /** The other program says the name no more: it took it back, took another, or has ended. */
  #takeBack(): void {
    const { cache, link } = this.#engine;
    const isSaid = ADDRESSES.some((type) =>
      cache.lookup(this.name, type).some(({ sender }) => link.isOwn(sender)),
    );
    if (!isSaid) this.#publish();
  }

  #stopWatching(): void {
    this.#settling?.cancel();
    for (const watching of this.#watching) watching.close();
    this.#watching = [];
  }
}

/**
 * Of each family those that are not link-local, where there are any: as Avahi has it, so that an Avahi that starts on
 * this machine hears of its name what it is about to say itself.
 */
function toldAddresses(addresses: readonly LinkAddress[]): string[] {
  const isFar = ({ address }: LinkAddress): boolean => !isLinkLocal(addressBytes(address)!);
  const far = new Set(addresses.filter(isFar).map(({ family }) => family));
  return addresses.filter((each) => !far.has(each.family) || isFar(each)).map(({ address }) => address);
}
