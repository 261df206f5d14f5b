import type { Random } from '../../src/plugin/random.ts';
import type { Policy } from './options.ts';

/** Gives the order in which to try a query's upstreams. What it returns is not to be changed. */
export type Order<T> = () => readonly T[];

/** The order of a policy: any permutation; one after the other first, then the rest as written; as written. */
export function orderOf<T>(policy: Policy, members: readonly T[], random: Random): Order<T> {
  if (members.length < 2 || policy === 'sequential') return () => members;
  if (policy === 'random') return () => shuffled(members, random);
  const rotations = members.map((first) => [first, ...members.filter((member) => member !== first)]);
  let turn = 0;
  return () => {
    turn = (turn + 1) % rotations.length;
    return rotations[turn]!;
  };
}

function shuffled<T>(members: readonly T[], random: Random): T[] {
  const order = members.slice();
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const swapped = order[last]!;
    order[last] = order[other]!;
    order[other] = swapped;
  }
  return order;
}
