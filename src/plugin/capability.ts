import type { Dependencies } from '../truth/dependencies.ts';
import type { ReadinessCheck } from './controller.ts';

/** A typed name under which one plugin offers something and another asks for it. Compared by identity. */
export class Capability<T> {
  readonly name: string;
  /** Only there so that the compiler tells capabilities of different types apart. */
  declare protected readonly offers: T;

  constructor(name: string) {
    this.name = name;
  }
}

/** Directory that relative file names of the block start from (`root`). */
export const RootDirectory: Capability<string> = new Capability('root directory');

/** IP addresses that the block listens on (`bind`); not offered: the wildcard. */
export const ListenAddresses: Capability<readonly string[]> = new Capability('listen addresses');

/** Sockets for UDP on each address of the block (`multisocket`); not offered: one. */
export const SocketCount: Capability<number> = new Capability('socket count');

/** The block wants debug logging, and exceptions to end the process (`debug`). */
export const Debug: Capability<true> = new Capability('debug');

/** Log the stack of an exception in the chain (`errors { stacktrace }`). */
export const StackTraces: Capability<true> = new Capability('stack traces');

/** The block's queries of other classes than IN are let through (`forward`, `chaos`). */
export const OtherClasses: Capability<true> = new Capability('other classes');

/** How the Corefile is watched (`reload`): milliseconds between looks at it. */
export const ReloadInterval: Capability<{ readonly interval: number; readonly jitter: number }> =
  new Capability('reload interval');

/** A plugin's share of `/ready`; see `Controller.onReady`. */
export const Readiness: Capability<ReadinessCheck> = new Capability('readiness');

/** How long the process goes on answering after it was asked to end (`health`'s lameduck). */
export interface LameduckTime {
  /** Milliseconds, at most. */
  readonly limit: number;
  /** Called when it begins. */
  begin(): void;
}

/** The lameduck times of all blocks; the longest counts. */
export const Lameduck: Capability<LameduckTime> = new Capability('lameduck');

/** Load balancers are told that the process is about to end (`ready`). */
export const GoodbyeTold: Capability<true> = new Capability('goodbye');

/** Another server that the block sends queries to. */
interface UpstreamServer {
  /** IP address in text. */
  readonly address: string;
  readonly port: number;
  /** The resolv.conf-style file that names it; undefined: the Corefile does. */
  readonly file?: string;
}

/** An upstream that queries may come back from, for whoever finds out. */
export interface ProbedUpstream extends UpstreamServer {
  /** A zone whose queries go there: lower case, fully qualified. */
  readonly zone: string;
  /** Asks it for the HINFO records of a name. False: SERVFAIL, or no reply. Never rejects. */
  probe(name: string): Promise<boolean>;
}

/** What is found out about one upstream. */
export interface LoopWatch {
  /** Why queries to it come back, in words for the operator; undefined: they do not. */
  readonly cause: string | undefined;
  /** Has one listener told when the cause changes. */
  follow(changed: () => void): void;
  /** Notes that an answer was made from the cause. */
  dependOn(dependencies: Dependencies): void;
  /** The upstream is not used any more. */
  stop(): void;
}

/** Finds out which upstreams of the block send its queries back to it (`loop`), for whoever forwards. */
export const LoopDetection: Capability<{ watch(upstream: ProbedUpstream): LoopWatch }> = new Capability(
  'loop detection',
);

/** A Service of a cluster that is to be announced on links by multicast DNS. */
export interface AnnouncedService {
  readonly namespace: string;
  readonly name: string;
  /** The name that people are to see: up to 63 bytes. */
  readonly instance: string;
  /** `_http._tcp`. */
  readonly type: string;
  /** `key=value` or `key`, each of up to 255 bytes. */
  readonly txt: readonly string[];
  /** At `addresses`. */
  readonly port: number;
  /** At the nodes' addresses; 0: there is none. */
  readonly nodePort: number;
  /** Of load balancers and external IPs, in text. */
  readonly addresses: readonly string[];
  /** Only nodes with a ready endpoint answer at the node port. */
  readonly isLocal: boolean;
  /** Nodes with a ready endpoint, as far as their names are known: at least this one's is. Empty: nobody is ready. */
  readonly readyNodes: ReadonlySet<string>;
}

/** Services that are to be announced on links. */
export interface ServiceAnnouncements {
  list(): AnnouncedService[];
  /** Tells whenever there are others; `list` is to be called later. Returns what ends that. */
  follow(listener: () => void): () => void;
}

/** Services that clusters want to have announced (`kubernetes`), offered to all. */
export const AnnouncedServices: Capability<ServiceAnnouncements> = new Capability('announced services');

/** A part in a lease, by which several instances agree on one of them. */
export interface LeasePart {
  /** Who holds it, by all that is known; undefined: nobody does, or nothing is known. */
  readonly holder: string | undefined;
  /** Gives it up where it is held, and resolves when that is said or in vain, within a second. */
  close(): Promise<void>;
  /** Takes no part any more, and leaves the lease to a successor that takes part under the same name. */
  leave(): void;
}

/** What it takes to have a part in a lease. */
export interface LeaseWish {
  /** The lease's: the same for all that are to agree; a DNS name. */
  readonly name: string;
  /** Who would hold it: a name that no other instance has. */
  readonly holder: string;
  /** Whether others have more use for it: it is left to them for a while when it is free. */
  isAside(): boolean;
  /** Told once: `holder` is what the API server says, or it says nothing of use. */
  heard(): void;
}

/** Where leases are to be had. */
export interface Leases {
  join(wish: LeaseWish): LeasePart;
}

/** Leases of clusters whose API server is watched (`kubernetes`), offered to all. */
export const ClusterLeases: Capability<Leases> = new Capability('cluster leases');

/** Which answers to forget: those of a name, of a name and all below it, or all. Names: lower case, fully qualified. */
export type FlushScope = { readonly name: string } | { readonly subtree: string } | 'all';

/** The kept answers of a server block. */
export interface FlushableCache {
  /** Zones that it keeps answers of. */
  readonly zones: readonly string[];
  /** Forgets answers, also those on their way, and returns how many it had; the next query is asked anew. */
  flush(scope: FlushScope): number;
}

/** Caches that can be told to forget (`cache`), offered to all. */
export const CacheFlush: Capability<FlushableCache> = new Capability('cache flush');
