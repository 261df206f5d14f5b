/**
 * `npm run soak:drain [-- SCALE]`: 20 times TERM under 5,000 queries a second by UDP from 50 ports that stay the same.
 * The queries go on for a second and then fade out, as nodes learn that the endpoint is gone; all that reached the
 * process must be answered, and it must end 3 s after the last one. `/ready` must say 503 at once on a connection that
 * was open before, and TCP clients are answered until the end.
 * Then 20 times with queries that do not cease: it ends at the lameduck limit, and each query that is not answered is
 * refused, so that its client asks elsewhere at once.
 * SCALE 0.1 does a tenth of both.
 */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { askByTcp } from '../fuzz/asker.ts';
import { httpGet } from '../kit/http.ts';
import { freePort, ServerProcess } from '../kit/server-process.ts';
import { median } from '../kit/statistics.ts';
import { droppedDatagrams } from './dropped-datagrams.ts';
import type { FixedPortsClient, FixedPortsReport } from './fixed-ports-client.ts';
import { soakQuery } from './soak-query.ts';

const QUERIES_A_SECOND = 5000;
const PORTS = 50;
/** Milliseconds: before TERM, from TERM to the first port that falls silent, and from there to the last. */
const [BEFORE, AFTER, FADING] = [700, 1000, 500];
const QUIET = 3000;
/** Milliseconds that the end may be late by, beside ten times the longest wait of this process for a processor. */
const LATE = 1500;
/** Milliseconds between two looks at what the system has dropped. */
const LOOK = 20;
const NEVER_QUIET_LAMEDUCK = 1000;
const rounds = Math.max(1, Math.round(20 * Number(process.argv[2] ?? 1)));
const world = fileURLToPath(new URL('../parity/world.yaml', import.meta.url));
const failures: string[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const untilQuiet = await inTurn((title) => round(title, 60_000));
summary('queries that fade out', untilQuiet);
const untilLimit = await inTurn((title) => round(title, NEVER_QUIET_LAMEDUCK));
summary('queries that do not cease', untilLimit);
for (const failure of failures) console.error(`failed: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** What one TERM cost. */
interface Round extends FixedPortsReport {
  /** Datagrams that the system dropped for want of buffer, at the server. */
  readonly droppedAtServer: number;
  /** Milliseconds from TERM to the 503. */
  readonly unready: number;
  /** Milliseconds from the last query, or from TERM where they do not cease, to the end. */
  readonly end: number;
}

async function inTurn(one: (title: string) => Promise<Round>): Promise<Round[]> {
  const done: Round[] = [];
  while (done.length < rounds) done.push(await one(`round ${done.length + 1}`));
  return done;
}

async function round(title: string, lameduck: number): Promise<Round> {
  const fades = lameduck > NEVER_QUIET_LAMEDUCK;
  const readyPort = await freePort();
  const server = await ServerProcess.start(corefile(await freePort(), readyPort, lameduck));
  const fault = (text: string): void => void failures.push(`${title}, lameduck ${lameduck} ms: ${text}`);
  const client: FixedPortsClient = { port: server.port, sockets: PORTS, queriesASecond: QUERIES_A_SECOND };
  const worker = new Worker(new URL('fixed-ports-client.ts', import.meta.url), { workerData: client });
  const report = once(worker, 'message') as Promise<[FixedPortsReport]>;
  const tcpAnswers: Buffer[] = [];
  const tcp = await askByTcp(server.port, (reply) => tcpAnswers.push(reply));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await pause(BEFORE);
  const before = await httpGet(readyPort, '/ready', agent);
  if (before.status !== 200) fault(`/ready said ${before.status} before TERM`);
  const connections = new Set(Object.values(agent.freeSockets).flat());

  const lag = monitorEventLoopDelay();
  lag.enable();
  const noticed = server.line((line) => line.includes('SIGTERM'));
  const asked = performance.now();
  const term = Date.now();
  const over = server.ended().then((code) => ({ code, at: Date.now() }));
  server.signal('SIGTERM');
  await noticed;
  const answer = httpGet(readyPort, '/ready', agent);
  const open = Object.values(agent.sockets).flat();
  if (!open.every((socket) => connections.has(socket))) fault('/ready was not asked on the open connection');
  const { status, headers } = await answer;
  const unready = performance.now() - asked;
  if (status !== 503 || headers.connection !== 'close') fault(`/ready said ${status} after TERM`);
  tcp.send(soakQuery(1));
  // Until it closes its socket; nobody can tell after that.
  let droppedAtServer = 0;
  const watching = setInterval(() => {
    droppedAtServer = Math.max(droppedAtServer, droppedDatagrams(new Set([server.port])));
  }, LOOK);
  if (fades) {
    await pause(AFTER);
    worker.postMessage(FADING);
  }
  const [counts] = await report;
  const { code, at } = await over;
  clearInterval(watching);
  lag.disable();
  if (tcpAnswers.length !== 1) fault('a TCP client was not answered');
  tcp.close();
  agent.destroy();
  const end = at - (fades ? counts.lastSent : term);
  const due = fades ? QUIET : lameduck;
  const late = LATE + (10 * lag.max) / 1e6;
  if (code !== 0) fault(`ended with ${code}:\n${server.output.join('\n')}`);
  if (end < due - 50 || end > due + late) fault(`ended after ${end} ms instead of ${due}`);
  const lost = counts.unanswered - droppedAtServer - counts.dropped;
  if (lost > 0) fault(`${lost} queries were not answered`);
  if (counts.wrong > 0) fault(`${counts.wrong} wrong answers`);
  if (counts.refused !== (fades ? 0 : PORTS)) fault(`${counts.refused} ports were refused`);
  return { ...counts, droppedAtServer, unready, end };
}

function summary(title: string, done: readonly Round[]): void {
  const sum = (value: (one: Round) => number): number => done.reduce((total, one) => total + value(one), 0);
  const most = (value: (one: Round) => number): string => Math.max(...done.map(value)).toFixed(0);
  console.log(`${done.length} times TERM, ${title}:`);
  console.log(
    `  ${sum((one) => one.sent)} queries, unanswered ${sum((one) => one.unanswered)}, ` +
      `of those dropped by the system ${sum((one) => one.droppedAtServer + one.dropped)}; wrong ${sum((one) => one.wrong)}`,
  );
  console.log(
    `  /ready 503 after ${median(done.map((one) => one.unready)).toFixed(0)} ms (most ${most((one) => one.unready)}); ` +
      `the end after ${median(done.map((one) => one.end)).toFixed(0)} ms (most ${most((one) => one.end)})`,
  );
}

function corefile(port: number, readyPort: number, lameduck: number): string {
  return `.:${port} {
    bind 127.0.0.1
    errors
    health 127.0.0.1:0 {
        lameduck ${lameduck}ms
    }
    ready 127.0.0.1:${readyPort}
    cache 30
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        manifests ${world}
    }
}
`;
}
