import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../../src/plugin/random.ts';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { NO_OPTIONS, writeOptions } from '../../src/wire/edns.ts';
import type { Edns } from '../../src/wire/edns.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { droppedDatagrams } from './dropped-datagrams.ts';

/** What the client does; see mixed.ts. */
export interface MixedClient {
  readonly port: number;
  readonly queriesASecond: number;
  /** Names that the server has answers for, the first ones the most popular. */
  readonly names: readonly string[];
  readonly seed: number;
}

/** What it tells at the end. */
export interface MixedReport {
  readonly sent: number;
  readonly lost: number;
  /** Replies that Linux dropped because this client was too slow to take them. */
  readonly dropped: number;
  readonly byKind: Readonly<Record<string, number>>;
}

/** Milliseconds. */
const TICK = 5;
/** Milliseconds after the last query until what is unanswered counts as lost, longer than an upstream may take; a look. */
const PATIENCE = 20_000;
const LOOK = 50;
/** Names that everybody asks for. */
const HOT = 30;
/** Queries by one TCP connection. */
const QUERIES_A_CONNECTION = 50;
const COOKIE = writeOptions([{ code: 10, data: new Uint8Array(8) }]);

const { port, queriesASecond, names, seed } = workerData as MixedClient;
const random = seededRandom(seed);
const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
/** 1 while the query of an id is under way. */
const waiting = new Uint8Array(65_536);
const byKind: Record<string, number> = {};
let sent = 0;
let lost = 0;
let tcp: Socket | undefined;
let tcpLeft = 0;

socket.on('message', (reply) => answered(reply.readUInt16BE()));
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
      if (performance.now() < giveUp && waiting.includes(1)) return;
      clearInterval(looking);
      report();
    }, LOOK);
  });
});

function ask(): void {
  const id = sent++ & 0xffff;
  if (waiting[id] === 1) lost++;
  waiting[id] = 1;
  const [kind, query] = drawn(id);
  byKind[kind] = (byKind[kind] ?? 0) + 1;
  if (kind === 'TCP') askByTcp(query);
  else socket.send(query);
}

/** Two thirds are what everybody asks; the rest is what keeps a server busy. */
function drawn(id: number): [kind: string, query: Buffer] {
  const hot = names[random.below(HOT)]!;
  const any = names[random.below(names.length)]!;
  const label = `x${random.below(2 ** 31).toString(36)}`;
  const draw = random.below(100);
  if (draw < 64) return ['hot', queryFor(id, hot)];
  if (draw < 74) return ['known', queryFor(id, any)];
  if (draw < 79) return ['random case', queryFor(id, randomCase(hot))];
  if (draw < 83) return ['random name of the cluster', queryFor(id, `${label}.prod.svc.cluster.local.`)];
  if (draw < 87) return ['random name elsewhere', queryFor(id, `${label}.example.net.`)];
  if (draw < 90) return ['the same NXDOMAIN', queryFor(id, 'nosuch.prod.svc.cluster.local.')];
  if (draw < 94) return ['EDNS', queryFor(id, hot, { udpSize: 1232, dnssecOk: draw % 2 === 0 })];
  if (draw < 97) return ['EDNS with an option', queryFor(id, hot, { options: COOKIE })];
  return ['TCP', queryFor(id, any)];
}

function queryFor(id: number, name: string, edns?: Partial<Edns>): Buffer {
  return writeQuery({
    id,
    flags: HeaderFlag.RD,
    question: { name, type: RecordType.A, class: RecordClass.IN },
    edns: edns && { udpSize: 4096, version: 0, dnssecOk: false, options: NO_OPTIONS, ...edns },
  });
}

function randomCase(name: string): string {
  return [...name].map((letter) => (random.below(2) === 0 ? letter.toUpperCase() : letter)).join('');
}

function askByTcp(query: Buffer): void {
  if (tcp === undefined || tcpLeft === 0) {
    // The server answers what it has, and closes.
    tcp?.end();
    tcp = openTcp();
    tcpLeft = QUERIES_A_CONNECTION;
  }
  tcpLeft--;
  tcp.write(Buffer.concat([Buffer.of(query.length >> 8, query.length & 0xff), query]));
}

function openTcp(): Socket {
  const connection = connect(port, '127.0.0.1');
  let rest = Buffer.alloc(0);
  connection.on('data', (part: Buffer) => {
    rest = Buffer.concat([rest, part]);
    while (rest.length > 4 && rest.length >= 2 + rest.readUInt16BE()) {
      answered(rest.readUInt16BE(2));
      rest = rest.subarray(2 + rest.readUInt16BE());
    }
  });
  connection.on('error', () => {
    if (tcp === connection) tcp = undefined;
  });
  return connection;
}

function answered(id: number): void {
  waiting[id] = 0;
}

function report(): void {
  for (const one of waiting) lost += one;
  const dropped = droppedDatagrams(new Set([socket.address().port]));
  parentPort!.postMessage({ sent, lost, dropped, byKind } satisfies MixedReport);
  socket.close();
  tcp?.destroy();
}
