import type { LinkAddress, LinkSource } from '../multicast-link.ts';

/** The groups of mDNS (RFC 6762, section 3). */
export const GROUP_IPV4 = '224.0.0.251';
export const GROUP_IPV6 = 'ff02::fb';

/** Hops of every packet (RFC 6762, section 11). */
export const HOPS = 255;

/** What a socket of a link is opened with. */
export interface LinkSocketParts {
  /** The interface. */
  readonly name: string;
  /** Its number. */
  readonly index: number;
  /** One of our addresses there: of the family that the socket is for. */
  readonly address: LinkAddress;
  heard(packet: Uint8Array, source: LinkSource): void;
  /** A packet could not be sent, or the socket broke: it stays as it is until the interface changes. */
  failed(error: Error): void;
}

/** A socket on the port of mDNS, of one interface and one family. */
export interface LinkSocket {
  readonly family: 4 | 6;
  /** Sends to the group, or to one receiver. */
  send(packet: Uint8Array, to: LinkSource | undefined): void;
  /** Whether it still serves when the interface has these addresses. */
  staysWith(addresses: readonly LinkAddress[]): boolean;
  /** Resolves once what was sent before is with the system. Called once. */
  close(): Promise<void>;
}

/** Opens one. Throws an Error that says why not. */
export type OpenLinkSocket = (parts: LinkSocketParts) => LinkSocket;
