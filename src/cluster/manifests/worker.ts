import { parentPort, workerData } from 'node:worker_threads';
import { ManifestSet } from './manifest-set.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.ts';

// The worker of the manifests source: reads and parses, so that the main thread need not. What it finds goes over as
// text in small batches, each acknowledged, so that neither side heaps up what the other has not taken.

const port = parentPort!;
const largestBatch = 250;
const largestBatchLength = 128 * 1024;
const batchesUnderWay = 4;

let underWay = 0;
let mayGoOn: (() => void) | undefined;
const set = new ManifestSet(workerData as WorkerOptions, (text) => send({ type: 'warning', text }));

port.on('message', (message: ToWorker) => {
  if (message.type === 'look') void look(message.time);
  else {
    underWay--;
    mayGoOn?.();
  }
});

/** Never called again before its `looked` was sent. */
async function look(time: number): Promise<void> {
  const { changes, unsettled, report } = set.look(time);
  let batch: string[] = [];
  let length = 0;
  for (const change of changes) {
    batch.push(change);
    length += change.length;
    if (batch.length < largestBatch && length < largestBatchLength) continue;
    while (underWay >= batchesUnderWay) await applied();
    underWay++;
    send({ type: 'batch', changes: batch });
    batch = [];
    length = 0;
  }
  if (batch.length > 0) {
    underWay++;
    send({ type: 'batch', changes: batch });
  }
  send({ type: 'looked', unsettled, report });
}

function applied(): Promise<void> {
  return new Promise((resolve) => {
    mayGoOn = resolve;
  });
}

function send(message: FromWorker): void {
  port.postMessage(message);
}
