import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { createHistogram } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { HeaderFlag, rcodeName } from '../src/wire/codes.ts';
import { nameToWire } from '../src/wire/name.ts';
import type { Load, LoadReport } from './open-loop.ts';

const IDS = 65_536;
/** Seconds until an answer is lost: longer than `forward` gives any query. */
const PATIENCE = 6;
const HEADER = 12;
/** Letters of a label that was never asked for. */
const LABEL = 12;

const { port, rate, seconds, name = '', names = [name], skip = 0 } = workerData as Load;
const histogram = createHistogram();
const rcodes: Record<string, number> = {};
const templates = names.map(template);
const run = Math.random().toString(36).slice(2, 6).padEnd(4, '0');
const total = Math.round(rate * seconds);
/** So many that no id is used again before its query is lost. */
const sockets: Socket[] = [];
/** When each query was sent, by number modulo the ids of all sockets; 0: answered, or not sent. */
const sentAt = new Float64Array(Math.ceil((rate * (PATIENCE + 1)) / IDS) * IDS);
let sent = 0;
let answered = 0;

for (let index = 0; index < sentAt.length / IDS; index++) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
  socket.on('message', (reply) => receive(reply, index));
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
  sockets.push(socket);
}
const start = performance.now();
const timer = setInterval(() => {
  const due = Math.min(total, ((performance.now() - start) / 1000) * rate);
  while (sent < due) ask();
  if (sent < total) return;
  clearInterval(timer);
  finish(performance.now() + PATIENCE * 1000);
}, 1);

function ask(): void {
  const number = sent++;
  const slot = number % sentAt.length;
  const { packet, labelAt } = templates[number % templates.length]!;
  const query = Buffer.from(packet);
  query.writeUInt16BE(slot % IDS, 0);
  if (labelAt > 0) query.write(run + number.toString(36).padStart(LABEL - 4, '0'), labelAt, 'latin1');
  sentAt[slot] = performance.now();
  sockets[Math.floor(slot / IDS)]!.send(query);
}

function receive(reply: Buffer, socket: number): void {
  const slot = socket * IDS + reply.readUInt16BE(0);
  const began = sentAt[slot]!;
  if (began === 0) return;
  sentAt[slot] = 0;
  answered++;
  // The first round of slots has the numbers of the queries.
  if (sent > sentAt.length || slot >= skip) {
    histogram.record(Math.max(1, Math.round((performance.now() - began) * 1000)));
  }
  const rcode = rcodeName(reply[3]! & 15);
  rcodes[rcode] = (rcodes[rcode] ?? 0) + 1;
}

function finish(deadline: number): void {
  if (answered < sent && performance.now() < deadline) {
    setTimeout(finish, 20, deadline);
    return;
  }
  for (const socket of sockets) socket.close();
  const report: LoadReport = {
    sent,
    lost: sent - answered,
    rcodes,
    p50: histogram.percentile(50) / 1000,
    p99: histogram.percentile(99) / 1000,
    slowest: histogram.max / 1000,
  };
  parentPort!.postMessage(report);
}

/** A query for a name, and where in it a fresh label goes; 0: nowhere. */
function template(name: string): { packet: Buffer; labelAt: number } {
  const isFresh = name.startsWith('*');
  const wire = nameToWire(isFresh ? 'x'.repeat(LABEL) + name.slice(1) : name);
  const query = Buffer.alloc(HEADER + wire.length + 4);
  query.writeUInt16BE(HeaderFlag.RD, 2);
  query.writeUInt16BE(1, 4);
  query.set(wire, HEADER);
  query.writeUInt16BE(1, HEADER + wire.length);
  query.writeUInt16BE(1, HEADER + wire.length + 2);
  return { packet: query, labelAt: isFresh ? HEADER + 1 : 0 };
}
