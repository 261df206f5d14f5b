/** Who sent a packet. */
export interface LinkSource {
  /** In text, without a zone. */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/** An address of ours on a link. */
export interface LinkAddress {
  /** In text, without a zone. */
  readonly address: string;
  readonly family: 4 | 6;
  /** Bits of the network that are the same for everyone on the link. */
  readonly prefix: number;
}

/** What a link tells. */
export interface LinkListener {
  /** A packet from someone on this very link, our own ones included. The bytes are the listener's to keep. */
  heard(packet: Uint8Array, source: LinkSource): void;
  /** Our addresses there are others now. Without any, the link is down. */
  addressesChanged(): void;
}

/**
 * One network interface with multicast DNS, of both families. Its packets are those that arrived there, from senders
 * whose address is of one of its networks (RFC 6762, section 11).
 */
export interface MulticastLink {
  /** The interface: `eth0`. */
  readonly name: string;
  readonly addresses: readonly LinkAddress[];
  /**
   * Another program on this machine has the port as well: unicast replies may go to it (RFC 6762, section 15.1). Set
   * when one is heard.
   */
  isShared: boolean;
  /** Whether an address, in text, is this machine's, on any of its interfaces. */
  isOwn(address: string): boolean;
  /** Finds out now whether our addresses are others, which else may take a second. */
  look(): void;
  /** Sends to the groups of all families that the link has, or to one receiver. Never throws: losses are the net's. */
  send(packet: Uint8Array, to?: LinkSource): void;
  /** Says who is told; once. */
  listen(listener: LinkListener): void;
  /** Resolves once what was sent before has left. */
  close(): void | Promise<void>;
}
