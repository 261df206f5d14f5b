import type { LinkRecord } from '../message.ts';
import type { LinkSource } from '../multicast-link.ts';

/** What an owner of names says on a link, all of it together or nothing. */
export interface Publication {
  /** Records of names that are to be ours alone (host, service instance): probed first. Their `unique` is true. */
  readonly unique: readonly LinkRecord[];
  /** Records of names that others have as well (PTR of service types). Their `unique` is false. */
  readonly shared: readonly LinkRecord[];
  /** It is said for somebody on another link: its packets carry the gateway's mark. */
  readonly isProxied: boolean;
  /** It is not proxied, and carries the mark all the same: siblings are to know that one of them says it. */
  readonly isMarked?: boolean;
  /**
   * It says who this machine is. Another program of the machine may say so, too, and in other words: that is no
   * conflict. It is then taken back without a goodbye, and left to that program: all of it, or what is shared alone
   * where the program has another unique name.
   */
  readonly isOfMachine?: boolean;
}

/** Somebody else has a name of ours, and is to keep it. */
export interface Conflict {
  /** The name, in our letter case. */
  readonly name: string;
  /** Who said so; an address of our own when another publication of this responder has the name. */
  readonly source: LinkSource;
  /** The record of theirs that says so. */
  readonly record: LinkRecord;
  /** The EDNS options of their packet, in wire form: a gateway's mark, or empty for anyone else. */
  readonly mark: Uint8Array;
}

/** Who published something. */
export interface PublicationOwner {
  /**
   * Nobody objected: it is announced and answered from now on. Called again whenever that had to be asked anew: after
   * an update with new names, a conflict that was won, or when the link came back.
   */
  established(): void;
  /**
   * Lost: says what to claim in its place (under another name), or undefined to say nothing any more. With the same
   * unique names as before they are tried again, a second later.
   */
  conflict(conflict: Conflict): Publication | undefined;
  /** Another program of this machine says it: all of it is withdrawn (see `isOfMachine`). */
  yielded?(): void;
}

/** Something published, until its owner takes it back. */
export interface Published {
  /** Probing as long as the link is down, too. */
  readonly state: 'probing' | 'established' | 'withdrawn';
  /**
   * Says something else from now on: new names are probed, other data of names that are ours already is announced at
   * once, what is gone is said goodbye to.
   */
  update(publication: Publication): void;
  /** Takes it back, with goodbyes (RFC 6762, section 10.1). */
  close(): void;
}
