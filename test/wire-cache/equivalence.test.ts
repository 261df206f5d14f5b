import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { compare } from './equivalence.ts';

// Elsewhere there are no batches, and no worker that answers. `npm run test:wire-cache` takes more steps.
if (platform() === 'linux') {
  test('with the wire cache and without it, clients get the same', async () => {
    const { queries, repeats } = await compare(600, 20_261_121);
    assert.ok(repeats > queries / 10, `${repeats} repeats of ${queries} queries`);
  });
}
