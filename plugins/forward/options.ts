import type { Position } from '../../src/corefile/corefile.ts';
import type { Encryption } from '../../src/upstream/encryption.ts';
import type { EncryptionOptions } from './encryption-options.ts';

/** Where queries go: an address, a file in the form of resolv.conf(5) that names addresses, or a host that has some. */
export type Target =
  | {
      readonly kind: 'address';
      readonly address: string;
      readonly port: number;
      /** Present with `tls://` and `https://`. */
      readonly encrypted?: EncryptedTarget;
    }
  | { readonly kind: 'file'; readonly path: string }
  | HostTarget;

/** A TO that names a host. */
export interface HostTarget {
  readonly kind: 'host';
  /** Lower case, without the dot at the end. */
  readonly host: string;
  readonly port: number;
  readonly encrypted?: EncryptedTarget;
}

/** What a TO says of its encryption. */
export interface EncryptedTarget {
  readonly scheme: Encryption['scheme'];
  /** The `%name` behind the address or the host. */
  readonly serverName: string | undefined;
}

/** In which order upstreams are tried. */
export const policies = ['random', 'round_robin', 'sequential'] as const;
export type Policy = (typeof policies)[number];

/** What upstreams that failed are asked until they answer again. */
export interface HealthCheckOptions {
  /** Milliseconds between probes. */
  readonly interval: number;
  readonly recursionDesired: boolean;
  readonly domain: string;
}

/** One `forward` line. All times are in milliseconds; 0 means no limit where a limit may be left out. */
export interface LineOptions {
  readonly position: Position;
  readonly from: string;
  readonly targets: readonly Target[];
  /** What `setup` logs. */
  readonly warnings: readonly string[];
  readonly except: readonly string[];
  readonly forceTcp: boolean;
  readonly preferUdp: boolean;
  readonly expire: number;
  readonly maximumAge: number;
  readonly maximumIdle: number;
  readonly readTimeout: number;
  /** Failed probes above which an upstream is down; 0: never, and no probes. */
  readonly maximumFails: number;
  /** Upstreams asked for one query; undefined: twice as many as there are. */
  readonly maximumAttempts: number | undefined;
  readonly policy: Policy;
  readonly healthCheck: HealthCheckOptions;
  readonly maximumConcurrent: number;
  /** Rcodes on which the next `forward` line takes over. */
  readonly next: readonly number[];
  readonly nextOnNoData: boolean;
  readonly failFast: boolean;
  /** Rcodes on which the next upstream is asked. */
  readonly failover: readonly number[];
  readonly sourceAddress: string | undefined;
  /** Name servers that are asked for the addresses of hosts in `targets`; none: the system's. */
  readonly resolvers: readonly { readonly address: string; readonly port: number }[];
  readonly encryption: EncryptionOptions;
}
