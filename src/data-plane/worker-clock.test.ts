import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { workerClock } from './worker-clock.ts';

test('a worker knows the time of the main thread, whatever its own clock says', async () => {
  const module = new URL('./worker-clock.ts', import.meta.url).href;
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.module).then(({ readWorkerClock }) => {
      parentPort.postMessage([readWorkerClock(workerData.clock)(), performance.now()]);
    });`;
  // The main thread's clock may begin anywhere.
  const now = (): number => performance.now() + 1e9;
  const clock = workerClock(now());
  const before = now();
  const worker = new Worker(source, { eval: true, workerData: { module, clock } });
  const [[told, own]] = (await once(worker, 'message')) as [[number, number]];
  const after = now();
  assert.ok(told >= before - 1 && told <= after + 1, `${before} ≤ ${told} ≤ ${after}`);
  assert.ok(Math.abs(told - own) > 1e8);
  await worker.terminate();
});
