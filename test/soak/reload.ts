/**
 * `npm run soak:reload [-- SCALE]`: 200 reloads, each of a changed Corefile and each asked for by SIGUSR1, under 5,000
 * queries a second by UDP. No query may be lost but what Linux says that it dropped because the machine is crowded, and
 * `/ready`, asked a hundred times a second, must say 200 throughout.
 * SCALE 0.1 does a tenth of the reloads.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';
import { median, megabytes, percentile } from '../kit/statistics.ts';
import { droppedDatagrams } from './dropped-datagrams.ts';
import { ReadyProbe } from './ready-probe.ts';
import type { SteadyClient, SteadyReport } from './steady-client.ts';

const QUERIES_A_SECOND = 5000;
/** Milliseconds from one reload's end to the next. */
const PAUSE = 50;
/** Share of the queries that the server may be too slow to read, on a crowded machine. */
const MOST_UNREAD = 0.01;

const reloads = Math.round(200 * Number(process.argv[2] ?? 1));
const world = fileURLToPath(new URL('../parity/world.yaml', import.meta.url));
const [metricsPort, readyPort, otherPort, dnsPort] = await freePorts(4);
const server = await ServerProcess.start(corefile(0));
const failures: string[] = [];

const client: SteadyClient = { port: server.port, queriesASecond: QUERIES_A_SECOND };
const worker = new Worker(new URL('steady-client.ts', import.meta.url), { workerData: client });
const probe = new ReadyProbe(readyPort!);
await pause(1000);
const before = server.residentBytes;
const times: number[] = [];
for (let count = 1; count <= reloads; count++) {
  server.writeCorefile(corefile(count));
  const began = performance.now();
  const outcome = server.line(
    (line) => line === '[INFO] Reloading complete' || line.includes('Reload failed'),
  );
  server.signal('SIGUSR1');
  const line = await outcome;
  times.push(performance.now() - began);
  if (line.includes('failed')) failures.push(line);
  await pause(PAUSE);
}
await pause(500);
const after = server.residentBytes;
const failed = await sumOfMetric(metricsPort!, 'coredns_reload_failed_total');
await probe.stop();
worker.postMessage('stop');
const [report] = (await once(worker, 'message')) as [SteadyReport];

const { sent, lost, dropped, wrong } = report;
const unread = droppedDatagrams(new Set([server.port]));
console.log(
  `${reloads} reloads of ${median(times).toFixed(1)} ms (most ${Math.max(...times).toFixed(0)} ms), failed: ${failed}`,
);
console.log(
  `${sent} queries, lost ${lost} (dropped by Linux: ${unread} queries, ${dropped} replies), wrong ${wrong}; median ${median(report.times).toFixed(1)} ms, ` +
    `99 % ${percentile(report.times, 99).toFixed(1)} ms, most ${Math.max(...report.times).toFixed(1)} ms`,
);
console.log(
  `/ready: asked ${probe.asked} times, not 200: ${JSON.stringify(Object.fromEntries(probe.faults))}`,
);
console.log(`resident memory: ${megabytes(before, 1)} MB before, ${megabytes(after, 1)} MB after`);
if (lost > unread + dropped) failures.push('queries were lost');
if (unread > sent * MOST_UNREAD) failures.push('the server did not read its queries in time');
if (wrong > 0) failures.push('queries got wrong answers');
if (failed > 0) failures.push('reloads failed');
if (probe.faults.size > 0) failures.push('/ready said something else than 200');
if ((await server.stop()) !== 0) failures.push('the server did not end well');
for (const failure of failures) console.error(`failed: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Another configuration every time: TTL, hosts, and now and then a listener more. */
function corefile(count: number): string {
  const other = `other.example:${otherPort} {\n    bind 127.0.0.1\n    whoami\n}\n`;
  return `.:${dnsPort} {
    bind 127.0.0.1
    errors
    prometheus 127.0.0.1:${metricsPort}
    ready 127.0.0.1:${readyPort}
    cache ${30 + (count % 5)}
    hosts {
        192.0.2.${count % 250} changing.example
        fallthrough
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        manifests ${world}
        pods insecure
        ttl ${5 + (count % 7)}
        fallthrough in-addr.arpa
    }
    whoami
}
${count % 3 === 1 ? other : ''}`;
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
