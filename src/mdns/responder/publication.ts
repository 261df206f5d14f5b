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
}

/** Somebody else has a name of ours, and is to keep it. */
export interface Conflict {
  /** The name, in our letter case. */
  readonly name: string;
  readonly source: LinkSource;
  /** The record of theirs that says so. */
  readonly record: LinkRecord;
  /** They are a gateway that carries this mark, in wire form; empty for anyone else. */
  readonly mark: Uint8Array;
}

/** Who published something. */
export interface PublicationOwner {
  /** Nobody objected: it is announced and answered from now on. */
  established(): void;
  /** Lost: says what to claim in its place (under another name), or undefined to say nothing any more. */
  conflict(conflict: Conflict): Publication | undefined;
}

/** Something published, until its owner takes it back. */
export interface Published {
  readonly state: 'probing' | 'established' | 'withdrawn';
  /** Says something else from now on: what is new is probed and announced, what is gone is said goodbye to. */
  update(publication: Publication): void;
  /** Takes it back, with goodbyes (RFC 6762, section 10.1). */
  close(): void;
}
