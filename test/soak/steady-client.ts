import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { droppedDatagrams } from './dropped-datagrams.ts';
import { soakQuery } from './soak-query.ts';

/** What the client does; see reload.ts. */
export interface SteadyClient {
  readonly port: number;
  readonly queriesASecond: number;
}

/** What it tells at the end. */
export interface SteadyReport {
  readonly sent: number;
  readonly lost: number;
  /** Replies that Linux dropped because this client was too slow to take them. */
  readonly dropped: number;
  /** Replies that are not the expected answer, and replies to nothing that was asked. */
  readonly wrong: number;
  /** Milliseconds; of every tenth query. */
  readonly times: readonly number[];
}

const TICK = 5;
/** Milliseconds after the last query until what is unanswered counts as lost, and between two looks. */
const PATIENCE = 20_000;
const LOOK = 50;
/** Of so many queries one is timed. */
const TIMED = 10;

const { port, queriesASecond } = workerData as SteadyClient;
const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
const packet = soakQuery(0);
/** When the query of an id was sent; 0 when it is not under way. */
const sentAt = new Float64Array(65_536);
const times: number[] = [];
let sent = 0;
let lost = 0;
let wrong = 0;

socket.on('message', (reply) => {
  const id = reply.readUInt16BE(0);
  const began = sentAt[id]!;
  const hasAnswer = (reply[3]! & 15) === 0 && reply.readUInt16BE(6) === 1;
  if (began === 0 || !hasAnswer) wrong++;
  sentAt[id] = 0;
  if (id % TIMED === 0) times.push(performance.now() - began);
});
socket.connect(port, '127.0.0.1', () => {
  const start = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - start) / 1000) * queriesASecond;
    while (sent < due) ask();
  }, TICK);
  parentPort!.once('message', () => {
    clearInterval(timer);
    const giveUp = performance.now() + PATIENCE;
    const looking = setInterval(() => {
      if (performance.now() < giveUp && sentAt.some((time) => time !== 0)) return;
      clearInterval(looking);
      report();
    }, LOOK);
  });
});

function ask(): void {
  const id = sent++ & 0xffff;
  // An id comes again after 13 seconds at 5,000 a second.
  if (sentAt[id] !== 0) lost++;
  sentAt[id] = performance.now();
  const query = Buffer.from(packet);
  query.writeUInt16BE(id, 0);
  socket.send(query);
}

function report(): void {
  for (const time of sentAt) if (time !== 0) lost++;
  const dropped = droppedDatagrams(new Set([socket.address().port]));
  parentPort!.postMessage({ sent, lost, dropped, wrong, times } satisfies SteadyReport);
  socket.close();
}
