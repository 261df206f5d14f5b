import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { framed } from '../fuzz/asker.ts';
import { soakQuery } from './soak-query.ts';

/** What the crowd does; see runTcp. */
export interface Crowd {
  readonly port: number;
  /** Connections that stay idle: every second one after a first query. */
  readonly idle: number;
  /** Connections that send one byte every ten seconds. */
  readonly slow: number;
}

/** What it tells every second. */
export interface CrowdReport {
  readonly open: number;
  readonly opened: number;
  readonly closed: number;
  readonly errors: number;
}

/** A client of a network of 127.0.x.y has 40 connections. */
const CONNECTIONS_AN_ADDRESS = 40;
const OPENINGS_A_TICK = 20;
const TICK = 10;
/** Milliseconds until a client whose connection was closed comes again. */
const RETURN = 10_000;
const BYTE_INTERVAL = 10_000;

const { port, idle, slow } = workerData as Crowd;
const query = framed(soakQuery(1));
const report = { open: 0, opened: 0, closed: 0, errors: 0 };
const waiting: number[] = Array.from({ length: idle + slow }, (_, index) => index);
const slowSockets = new Map<Socket, number>();

setInterval(() => {
  for (let count = 0; count < OPENINGS_A_TICK; count++) {
    const index = waiting.shift();
    if (index === undefined) return;
    open(index);
  }
}, TICK);
setInterval(sendBytes, BYTE_INTERVAL);
setInterval(() => parentPort!.postMessage({ ...report } satisfies CrowdReport), 1000);

function open(index: number): void {
  const host = 2 + Math.floor(index / CONNECTIONS_AN_ADDRESS);
  const localAddress = `127.0.${1 + (host >> 8)}.${host & 255}`;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('connect', () => {
    report.open++;
    report.opened++;
    if (index >= idle) {
      socket.write(query.subarray(0, 1));
      slowSockets.set(socket, 1);
    } else if (index % 2 === 0) socket.write(query);
    socket.on('close', () => {
      report.open--;
      report.closed++;
    });
  });
  socket.on('data', () => undefined);
  socket.on('error', () => report.errors++);
  socket.on('close', () => {
    slowSockets.delete(socket);
    setTimeout(() => waiting.push(index), RETURN);
  });
}

function sendBytes(): void {
  for (const [socket, sent] of slowSockets) {
    socket.write(query.subarray(sent, sent + 1));
    slowSockets.set(socket, (sent + 1) % query.length);
  }
}
