import { getSystemErrorName } from 'node:util';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { HotAnswers, HotAnswersSource } from './hot-answers.ts';
import { loadLibC } from './libc.ts';
import { EAGAIN, EINTR } from './linux.ts';
import { SocketReader } from './socket-reader.ts';
import { Signal, WorkerWord, type WorkerData } from './worker-state.ts';

// The worker of one UDP socket, or of several: blocks until datagrams come, answers what it can, hands the rest to the main thread.
// It ends by itself, once it is told to and nothing is left to take.

const { descriptors, state, misses, hotAnswers, wildcard } = workerData as WorkerData;
/** In a row: then something is wrong with the socket. */
const MAXIMUM_FAILURES = 100;

const port = parentPort!;
const libc = await loadLibC();
const hot = hotAnswers && (await createHotAnswers(hotAnswers));
const reader = new SocketReader({
  libc,
  descriptors,
  wildcard,
  state,
  misses,
  hot,
  begin: () => hot && learnAll(hot),
  // Each thread's `performance.now()` begins at another moment.
  now: () => performance.timeOrigin + performance.now(),
  wake: () => port.postMessage(Signal.Misses),
});

port.postMessage(Signal.Reading);
for (let failures = 0; failures < MAXIMUM_FAILURES;) {
  const stopping = Atomics.load(state, WorkerWord.Stopping) === 1;
  if (stopping) reader.waitForRoom();
  else reader.gather();
  const taken = reader.read(!stopping);
  const reason = taken >= 0 ? 0 : reader.reason;
  if (stopping && reason === EAGAIN) break;
  if (reason === 0 || reason === EAGAIN || reason === EINTR) failures = 0;
  // Perhaps what the system has to tell of a datagram that was sent; but not for ever.
  else if (++failures === MAXIMUM_FAILURES) throw new Error(`recvmmsg: ${getSystemErrorName(-reason)}`);
}

function learnAll(answers: HotAnswers): void {
  for (let message; (message = receiveMessageOnPort(port)) !== undefined;) {
    answers.learn(message.message);
  }
}

async function createHotAnswers(source: HotAnswersSource): Promise<HotAnswers> {
  const module = (await import(source.module)) as { createHotAnswers(data: unknown): HotAnswers };
  return module.createHotAnswers(source.data);
}
