import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { soakQuery } from './soak-query.ts';
import { droppedDatagrams } from './dropped-datagrams.ts';

/** What the client does; see drain.ts. A message of a number says: fade out over so many milliseconds. */
export interface FixedPortsClient {
  readonly port: number;
  /**
   * Sockets, each with a port that it keeps; they ask in turn, one query at a time: of several that are refused before
   * the client looks, the system tells once.
   */
  readonly sockets: number;
  /** As many as this, where there are as many answers. */
  readonly queriesASecond: number;
}

/** What it tells at the end: when it has faded out, or when all its ports were refused. */
export interface FixedPortsReport {
  readonly sent: number;
  /** Queries that got neither an answer nor a refusal. */
  readonly unanswered: number;
  /** Replies that are not the expected answer, and replies to nothing that was asked. */
  readonly wrong: number;
  /** Ports that were told that nobody listens any more; they ask no more then. */
  readonly refused: number;
  /** Replies that the system dropped because this client did not take them in time. */
  readonly dropped: number;
  /** Milliseconds since the epoch. */
  readonly lastSent: number;
}

const TICK = 2;
/** Milliseconds after the last query until what is unanswered counts as that, and between two looks. */
const PATIENCE = 10_000;
const LOOK = 20;

/** One client of the service, on one port. */
class Asker {
  asks = true;
  refused = false;
  wrong = 0;
  readonly open = new Set<number>();
  readonly socket: Socket;
  #id = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', (reply) => {
      const hasAnswer = (reply[3]! & 15) === 0 && reply.readUInt16BE(6) === 1;
      if (!this.open.delete(reply.readUInt16BE(0)) || !hasAnswer) this.wrong++;
    });
    socket.on('error', () => this.#refuse());
  }

  ask(): void {
    const id = (this.#id = (this.#id + 1) & 0xffff);
    const query = Buffer.from(packet);
    query.writeUInt16BE(id, 0);
    this.open.add(id);
    this.socket.send(query, (error) => {
      if (error === null) return;
      // The refusal of an earlier query; this one has not left.
      this.open.delete(id);
      this.#refuse();
    });
  }

  /** The port is unreachable: the open query was refused. */
  #refuse(): void {
    this.asks = false;
    this.refused = true;
    this.open.clear();
  }
}

const { port, sockets, queriesASecond } = workerData as FixedPortsClient;
const packet = soakQuery(0);
const askers: Asker[] = [];
for (let count = 0; count < sockets; count++) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  askers.push(new Asker(socket));
}
let sent = 0;
let lastSent = 0;
let turn = 0;
let fading: { from: number; milliseconds: number } | undefined;
parentPort!.on('message', (milliseconds: number) => (fading = { from: performance.now(), milliseconds }));

const start = performance.now();
let due = 0;
let before = start;
const timer = setInterval(() => {
  const now = performance.now();
  fade(now);
  const asking = askers.filter((asker) => asker.asks);
  due += ((now - before) / 1000) * queriesASecond * (asking.length / sockets);
  before = now;
  if (asking.length === 0) return finish();
  for (let left = asking.length; left > 0 && due >= 1; left--) {
    const asker = asking[turn++ % asking.length]!;
    if (asker.open.size > 0) continue;
    asker.ask();
    due--;
    sent++;
    lastSent = Date.now();
  }
  due = Math.min(due, sockets);
}, TICK);

/** One port after the other falls silent, as node after node learns that the endpoint is gone. */
function fade(now: number): void {
  if (fading === undefined) return;
  const left = Math.max(0, Math.ceil(sockets * (1 - (now - fading.from) / fading.milliseconds)));
  for (const asker of askers.slice(left)) asker.asks = false;
}

function finish(): void {
  clearInterval(timer);
  const giveUp = performance.now() + PATIENCE;
  const looking = setInterval(() => {
    if (performance.now() < giveUp && askers.some((asker) => asker.open.size > 0)) return;
    clearInterval(looking);
    const total = (value: (asker: Asker) => number): number =>
      askers.reduce((sum, asker) => sum + value(asker), 0);
    parentPort!.postMessage({
      sent,
      unanswered: total((asker) => asker.open.size),
      wrong: total((asker) => asker.wrong),
      refused: total((asker) => Number(asker.refused)),
      dropped: droppedDatagrams(new Set(askers.map((asker) => asker.socket.address().port))),
      lastSent,
    } satisfies FixedPortsReport);
    parentPort!.close();
    for (const { socket } of askers) socket.close();
  }, LOOK);
}
