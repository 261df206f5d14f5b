import { NO_OPTIONS } from '../../wire/edns.ts';
import { MULTICAST_PORT } from '../message.ts';
import type { MulticastLink } from '../multicast-link.ts';
import { agree } from './agreement.ts';
import type { Claim } from './claim.ts';
import type { ClaimedNames } from './claimed-names.ts';
import type { Conflict } from './publication.ts';

/** Another publication of this responder that has one of the names and says something else of it, as a conflict. */
export function rivalOf(
  claim: Claim,
  names: readonly string[],
  claimed: ClaimedNames,
  link: MulticastLink,
): Conflict | undefined {
  for (const name of names) {
    const ours = claim.claims(name);
    for (const other of claimed.of(name)) {
      if (other === claim || !other.isActive(name)) continue;
      const theirs = other.claims(name);
      const record = theirs.find(
        ({ type }) => ours.some((own) => own.type === type) && !agree(ours, theirs, type),
      );
      if (record === undefined) continue;
      const { address, family } = link.addresses[0] ?? { address: '', family: 4 };
      const source = { address, family, port: MULTICAST_PORT };
      return { name: ours[0]!.name, source, record, mark: NO_OPTIONS };
    }
  }
  return undefined;
}
