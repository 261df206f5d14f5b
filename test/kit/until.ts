import assert from 'node:assert/strict';

/** Lets the event loop turn until `condition` holds; fails when it does not within ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + 10_000;
  while (!(await condition())) {
    assert.ok(performance.now() < giveUp, `still not so after ten seconds: ${String(condition)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
