import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds; a machine that is ten times slower than this one, and busy, needs no more. */
const MOST = 90_000;
/** Milliseconds in which it looks as often as it can: most things are so within a few turns of the event loop. */
const EAGER = 20;
/** Milliseconds between two looks after that, so that the processes that are waited for have the processor. */
const REST = 2;

/** Lets the event loop turn until `condition` holds; fails when it does not within a minute and a half. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await condition())) {
    const waited = performance.now() - began;
    assert.ok(waited < MOST, `still not so after ${MOST / 1000} seconds: ${String(condition)}`);
    if (waited < EAGER) await new Promise((resolve) => setImmediate(resolve));
    else await pause(REST);
  }
}
