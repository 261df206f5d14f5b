/**
 * `npm run soak:tcp [-- SCALE]`: 10,000 idle TCP connections, and 1,000 that send a byte every ten seconds, come and
 * come again for 40 s. A new client must not notice: its connection and first answer take less than 50 ms in 99 of
 * 100 cases, beside what the machine itself takes, which a server that does nothing tells in the same seconds; and the
 * server's memory must not grow by more than 32 MB. SCALE 0.1 takes a tenth of the connections.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { askByTcp } from '../fuzz/asker.ts';
import { fuzzCorefile } from '../fuzz/corefile.ts';
import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';
import { median, percentile } from '../kit/statistics.ts';
import type { Crowd, CrowdReport } from './crowd.ts';
import { soakQuery } from './soak-query.ts';

const SECONDS = 40;
const PROBES_A_SECOND = 20;
const MOST_MILLISECONDS = 50;
const MOST_GROWTH = 32 * 2 ** 20;
const PROBE_PATIENCE = 20_000;

const scale = Number(process.argv[2] ?? 1);
const metricsPort = await freePort();
const server = await ServerProcess.start(fuzzCorefile(0, metricsPort));
const plain = spawn(process.execPath, [fileURLToPath(new URL('plain-server.ts', import.meta.url))], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const plainPort = Number((await once(plain.stdout, 'data')) as [Buffer]);
const failures: string[] = [];

// What every server needs once, such as compiled code, is no growth.
for (let count = 0; count < 3000; count++) await probe(server.port);
const before = server.residentBytes;
let most = before;

const crowd: Crowd = {
  port: server.port,
  idle: Math.round(10_000 * scale),
  slow: Math.round(1000 * scale),
};
const worker = new Worker(new URL('crowd.ts', import.meta.url), { workerData: crowd });
const reports: CrowdReport[] = [];
worker.on('message', (report: CrowdReport) => reports.push(report));

const times: number[] = [];
const plainTimes: number[] = [];
let lost = 0;
const ticks = SECONDS * PROBES_A_SECOND;
for (let tick = 0; tick < ticks; tick++) {
  const next = performance.now() + 1000 / PROBES_A_SECOND;
  const time = await probe(server.port);
  if (time === undefined) lost++;
  else times.push(time);
  plainTimes.push((await probe(plainPort)) ?? PROBE_PATIENCE);
  most = Math.max(most, server.residentBytes);
  await until(next);
}
await worker.terminate();
plain.kill();

const last = reports.at(-1);
const p99 = percentile(times, 99);
const plainP99 = percentile(plainTimes, 99);
const growth = (most - before) / 2 ** 20;
const closedByServer = await sumOfMetric(metricsPort, 'signpost_tcp_connections_closed_total');
console.log(
  `${crowd.idle} idle and ${crowd.slow} slow connections, over ${SECONDS} s: ${JSON.stringify(last)}`,
);
console.log(
  `most at a time: ${Math.max(...reports.map(({ open }) => open))}; ended in the server: ${closedByServer}`,
);
console.log(
  `a new client's answer: median ${median(times).toFixed(1)} ms, 99 % ${p99.toFixed(1)} ms, ` +
    `most ${Math.max(...times).toFixed(1)} ms, of ${times.length}; none: ${lost}`,
);
console.log(`of a server that does nothing: 99 % ${plainP99.toFixed(1)} ms`);
console.log(`resident memory: ${(before / 2 ** 20).toFixed(1)} MB, growth ${growth.toFixed(1)} MB`);
if (last === undefined || last.opened < crowd.idle + crowd.slow) failures.push('not all connections came up');
if (lost > 0) failures.push('new clients got no answer');
if (p99 >= MOST_MILLISECONDS + plainP99)
  failures.push(`new clients wait for more than ${MOST_MILLISECONDS} ms`);
if (most - before > MOST_GROWTH) failures.push('memory grew by more than 32 MB');
if (!server.alive) failures.push('the server ended');
if ((await server.stop()) !== 0) failures.push('the server did not end well');
for (const failure of failures) console.error(`failed: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Milliseconds that a new client waits for its first answer; undefined when it gets none. */
async function probe(port: number): Promise<number | undefined> {
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const timer = setTimeout(() => resolve(undefined), PROBE_PATIENCE);
  const asker = await askByTcp(port, () => resolve(performance.now() - began));
  asker.send(soakQuery(1));
  const time = await promise;
  clearTimeout(timer);
  asker.close();
  return time;
}

function until(time: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, Math.max(0, time - performance.now()));
  return promise;
}
