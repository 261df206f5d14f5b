import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Network } from '../../src/wire/network.ts';

/** What may be done with a query. */
export const actions = ['allow', 'block', 'filter', 'drop'] as const;
export type Action = (typeof actions)[number];

/** One line within `acl`'s braces. */
export interface Policy {
  readonly action: Action;
  /** Record types; undefined: all. */
  readonly types: ReadonlySet<number> | undefined;
  /** Where clients are; undefined: anywhere. */
  readonly networks: readonly Network[] | undefined;
}

/** One `acl` of a server block. */
export interface Rule {
  /** Lower case, fully qualified. */
  readonly zones: readonly string[];
  readonly policies: readonly Policy[];
}

/** What the first policy that fits says; undefined when none does. `address` is of 4 or 16 bytes. */
export function decide(policies: readonly Policy[], type: number, address: Uint8Array): Action | undefined {
  for (let index = 0; index < policies.length; index++) {
    const policy = policies[index]!;
    if (policy.types !== undefined && !policy.types.has(type)) continue;
    if (policy.networks === undefined || isWithin(policy.networks, address)) return policy.action;
  }
  return undefined;
}

/** The longest of the zones that `name` is in. */
export function longestZone(zones: readonly string[], name: string): string | undefined {
  let longest: string | undefined;
  for (let index = 0; index < zones.length; index++) {
    const zone = zones[index]!;
    if (isSubdomain(zone, name) && (longest === undefined || zone.length > longest.length)) longest = zone;
  }
  return longest;
}

function isWithin(networks: readonly Network[], address: Uint8Array): boolean {
  for (let index = 0; index < networks.length; index++) if (networks[index]!.contains(address)) return true;
  return false;
}
