import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { HotAnswers, HotAnswersSource } from './hot-answers.ts';
import { lastError, loadLibC } from './libc.ts';
import { EAGAIN, EBADF, MSG_DONTWAIT, MSG_WAITFORONE } from './linux.ts';
import { SocketReader } from './socket-reader.ts';
import { WorkerWord, type WorkerData } from './worker-state.ts';

// The worker of one UDP socket: blocks until datagrams come, answers what it can, hands the rest to the main thread.
// It ends by itself, once it is told to and nothing is left to take.

const { descriptor, state, hotAnswers, wildcard } = workerData as WorkerData;
const port = parentPort!;
const libc = await loadLibC();
const hot = hotAnswers && (await createHotAnswers(hotAnswers));
const reader = new SocketReader({
  libc,
  descriptor,
  wildcard,
  state,
  hot,
  now: () => performance.now(),
  hand: (batch) => port.postMessage(batch, [batch]),
});

for (;;) {
  const stopping = Atomics.load(state, WorkerWord.Stopping) === 1;
  if (hot !== undefined) learnAll(hot);
  if (stopping) reader.waitForRoom();
  else reader.gather();
  const taken = reader.read(stopping ? MSG_DONTWAIT : MSG_WAITFORONE);
  if (taken >= 0) continue;
  const reason = libc.errno();
  if (reason === EBADF) throw lastError(libc, 'recvmmsg');
  // Others: the timeout, a signal, or what the system has to tell of a datagram that was sent.
  if (stopping && reason === EAGAIN) break;
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
