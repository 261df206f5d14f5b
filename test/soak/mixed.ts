/**
 * `npm run soak:mixed [-- SCALE]`: ten minutes of all that a server meets at once, at 2,000 queries a second: hot
 * names, random names and letter cases, EDNS, TCP, names from an upstream, while Services change ten times a second
 * and the Corefile every two seconds. Resident memory must be flat within 5 % from the second fifth of the time to the
 * last; a short run begins with a minute of quicker reloads, by which the heap gets as large as it will. Nothing may be
 * lost, and the counters must be exact, but for what Linux says that it dropped at the sockets of one of the two because
 * the machine is crowded. SCALE 0.1 takes a minute, and that one.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';
import { addressRecord, replyTo, startUpstream } from '../kit/scripted-upstream.ts';
import { megabytes, percentile } from '../kit/statistics.ts';
import { droppedDatagrams } from './dropped-datagrams.ts';
import type { MixedClient, MixedReport } from './mixed-client.ts';

const SECONDS = 600 * Number(process.argv[2] ?? 1);
const QUERIES_A_SECOND = 2000;
/** Milliseconds. */
const CHANGE = 100;
const RELOAD = 2000;
const MOST_GROWTH = 0.05;
const PARTS = 5;
/** Of a part, what a quarter of the looks are not above: garbage that waits for its collection comes and goes. */
const QUARTER = 25;
/** The part that the last one is compared to. */
const REFERENCE = 1;
/** Seconds, before those that count, and milliseconds from one reload to the next in them. */
const WARM_UP = SECONDS < 300 ? 60 : 0;
const WARM_UP_RELOAD = 400;
/** A heap that is soon as large as it gets: what grows on after that is lost, and not just not collected yet. */
const NODE_OPTIONS = ['--max-old-space-size=64', '--max-semi-space-size=8'];
const SERVICES = 300;
/** Services of one file, of which one is written at a time. */
const SERVICES_A_FILE = 10;

const folder = mkdtempSync(join(tmpdir(), 'signpost-test-'));
for (let file = 0; file < SERVICES / SERVICES_A_FILE; file++) writeServices(file, 0);
writeFileSync(join(folder, 'prod.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: prod\n');
const upstream = await startUpstream((query) => [
  replyTo(query, { answer: [addressRecord(query.message.question!.name, 30, 203, 0, 113, 1)] }),
]);
const [metricsPort, dnsPort] = [await freePort(), await freePort()];
const server = await ServerProcess.start(corefile(0), NODE_OPTIONS);
const failures: string[] = [];

const own = Array.from({ length: SERVICES }, (_, index) => `s${index}.prod.svc.cluster.local.`);
const foreign = Array.from({ length: 20 }, (_, index) => `w${index}.example.net.`);
const names = own.flatMap((name, index) => (index % 15 === 0 ? [foreign[index / 15]!, name] : [name]));
const client: MixedClient = { port: server.port, queriesASecond: QUERIES_A_SECOND, names, seed: 1 };
const worker = new Worker(new URL('mixed-client.ts', import.meta.url), { workerData: client });

const samples: number[] = [];
let [changes, reloads] = [0, 0];
await load(WARM_UP, WARM_UP_RELOAD);
samples.length = 0;
await load(SECONDS, RELOAD);
worker.postMessage('stop');
const [{ sent, lost, dropped, byKind }] = (await once(worker, 'message')) as [MixedReport];
const unread = droppedDatagrams(new Set([server.port]));
const counted = await sumOfMetric(metricsPort, 'coredns_dns_requests_total');
const hits = await sumOfMetric(metricsPort, 'signpost_wire_cache_hits_total');
const failed = await sumOfMetric(metricsPort, 'coredns_reload_failed_total');

const memory = Array.from({ length: PARTS }, (_, part) => {
  const length = Math.floor(samples.length / PARTS);
  return percentile(samples.slice(part * length, (part + 1) * length), QUARTER);
});
const growth = memory.at(-1)! / memory[REFERENCE]! - 1;
console.log(
  `${SECONDS} s, ${changes} changes, ${reloads} reloads (failed: ${failed}); ${sent} queries: ${JSON.stringify(byKind)}`,
);
console.log(`lost ${lost} (dropped by Linux: ${unread} queries, ${dropped} replies)`);
console.log(`counted ${counted}, hits ${hits} (${((100 * hits) / sent).toFixed(0)} %)`);
console.log(
  `resident memory by fifths: ${memory.map((bytes) => megabytes(bytes, 1)).join(', ')} MB; ` +
    `growth from number ${REFERENCE + 1} to the last: ${(100 * growth).toFixed(1)} %`,
);
if (lost > unread + dropped) failures.push('queries were lost');
if (counted !== sent - unread) failures.push(`${counted} queries were counted of ${sent - unread}`);
if (hits < sent / 3) failures.push('too few hits');
if (failed > 0) failures.push('reloads failed');
if (growth > MOST_GROWTH) failures.push('memory grew');
if ((await server.stop()) !== 0) failures.push('the server did not end well');
await upstream.close();
rmSync(folder, { recursive: true });
for (const failure of failures) console.error(`failed: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Changes and reloads, while the client asks, and how much memory that takes. */
async function load(seconds: number, reloadEvery: number): Promise<void> {
  const began = performance.now();
  let due = began;
  for (let now = began; now < began + seconds * 1000; now = performance.now()) {
    await pause(CHANGE);
    writeServices(changes % (SERVICES / SERVICES_A_FILE), ++changes);
    samples.push(server.residentBytes);
    if (now < due) continue;
    due += reloadEvery;
    server.writeCorefile(corefile(++reloads));
    server.signal('SIGUSR1');
  }
}

/** Another configuration every time; its caches are full soon. */
function corefile(count: number): string {
  return `.:${dnsPort} {
    bind 127.0.0.1
    errors
    prometheus 127.0.0.1:${metricsPort}
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        manifests ${folder}
        pods insecure
        ttl ${5 + (count % 7)}
        fallthrough in-addr.arpa ip6.arpa
    }
    cache 30 {
        success 1024
        denial 1024
    }
    forward . ${upstream.name}
    loadbalance
}
`;
}

/** Services with one address each, all of them another one than before. */
function writeServices(file: number, version: number): void {
  const items = Array.from({ length: SERVICES_A_FILE }, (_, index) => {
    const number = file * SERVICES_A_FILE + index;
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `s${number}`, namespace: 'prod' },
      spec: { clusterIP: `10.${version % 250}.${number >> 8}.${number & 255}`, ports: [{ port: 80 }] },
    };
  });
  writeFileSync(join(folder, `services-${file}.json`), JSON.stringify({ kind: 'List', items }));
}
