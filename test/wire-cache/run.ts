/**
 * `npm run test:wire-cache`: many random steps with a server that has the wire cache and one that has not; both must
 * answer the same. `--steps N` (20,000), `--seed N` (the same each time; `--seed $RANDOM` for others).
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { compare } from './equivalence.ts';

const STEPS = 20_000;
const SEED = 20_261_121;
/** Steps with one pair of servers. */
const STRETCH = 1000;

const { values } = parseArgs({
  options: { steps: { type: 'string', default: String(STEPS) }, seed: { type: 'string' } },
});
const first = Number(values.seed ?? SEED);
const sum = { queries: 0, repeats: 0, hits: 0 };
for (let stretch = 0; stretch < Number(values.steps) / STRETCH; stretch++) {
  const { queries, repeats, hits } = await compare(STRETCH, first + stretch);
  sum.queries += queries;
  sum.repeats += repeats;
  sum.hits += hits;
}
process.stdout.write(
  `seed ${first}: ${sum.queries} queries, ${sum.repeats} plain repeats, ${sum.hits} hits\n`,
);
assert.ok(sum.hits >= sum.repeats / 2, 'too few hits');
