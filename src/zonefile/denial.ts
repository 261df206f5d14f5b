import { RecordType } from '../wire/codes.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { FindingKind } from './zone.ts';
import type { Finding, Zone } from './zone.ts';
import type { RecordSet } from './zone-node.ts';

/**
 * Adds the NSEC records, with their signatures, that prove what is not there (RFC 4035, section 3.1.3): that a name
 * or its type does not exist, or, for what a wildcard stands for, that the name itself does not.
 */
export function addDenial(target: ResourceRecord[], zone: Zone, name: string, finding: Finding): void {
  const chain = zone.nsecChain;
  if (chain === undefined) return;
  const { kind, node } = finding;
  const sets = new Set<RecordSet | undefined>();
  if (kind === FindingKind.Exact) sets.add(node.set(RecordType.NSEC));
  else sets.add(chain.covering(name));
  if (kind === FindingKind.NameError) sets.add(chain.covering(node.name === '.' ? '*.' : `*.${node.name}`));
  // No data at a wildcard: that name has its record too.
  if (kind === FindingKind.Wildcard) sets.add(node.set(RecordType.NSEC));
  for (const set of sets) if (set !== undefined) target.push(...set.records, ...set.signatures);
}

/** The same where a wildcard answered: only that no closer name is there (RFC 4035, section 3.1.3.3). */
export function addWildcardProof(target: ResourceRecord[], zone: Zone, name: string): void {
  const set = zone.nsecChain?.covering(name);
  if (set !== undefined) target.push(...set.records, ...set.signatures);
}
