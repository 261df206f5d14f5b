/**
 * `node test/wire-cache/run-fairness.ts`: a headless Service of 100 pods, asked of a real server 100,000 times with room
 * for all of them and 100,000 times in 512 bytes. Each pod must be first in 1 % ± 0.2, and it must have been the wire
 * cache that answered.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { NO_OPTIONS } from '../../src/wire/edns.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';

const PODS = 100;
const ANSWERS = 100_000;
/** How far a pod's share may be from 1 %. */
const TOLERANCE = 0.002;
/** Queries on their way at a time. */
const WINDOW = 50;
/** Milliseconds without a reply after which those on their way are lost. */
const PATIENCE = 1000;
/** Least share of the answers that must be hits. */
const LEAST_HITS = 0.99;

const folder = mkdtempSync(join(tmpdir(), 'signpost-test-'));
const failures: string[] = [];
try {
  writeFileSync(join(folder, 'world.json'), JSON.stringify({ kind: 'List', items: world() }));
  const metricsPort = await freePort();
  const server = await ServerProcess.start(`.:0 {
  bind 127.0.0.1
  errors
  prometheus 127.0.0.1:${metricsPort}
  kubernetes cluster.local {
    manifests ${folder}
    ttl 3600
  }
  cache 3600
  loadbalance
}`);
  for (const size of [4096, 512]) await measure(server.port, size);
  const hits = await sumOfMetric(metricsPort, 'signpost_wire_cache_hits_total');
  console.log(`${hits} of ${2 * ANSWERS} answers from the wire cache`);
  if (hits < 2 * ANSWERS * LEAST_HITS) failures.push('the wire cache was not used');
  if ((await server.stop()) !== 0) failures.push('the server did not end well');
} finally {
  rmSync(folder, { recursive: true });
}
for (const failure of failures) console.error(`failed: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** How often each pod is first, for clients with room for so many bytes. */
async function measure(port: number, size: number): Promise<void> {
  const { first, whole, lost } = await ask(port, size);
  const shares = [...first].map((count) => count / ANSWERS);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const percent = (share: number): string => `${(100 * share).toFixed(3)} %`;
  console.log(
    `${size} bytes, ${whole} of ${PODS} addresses each: first in ${percent(least)} to ${percent(most)}, lost ${lost}`,
  );
  if (least < 1 / PODS - TOLERANCE || most > 1 / PODS + TOLERANCE) failures.push(`unfair at ${size} bytes`);
  if (size === 512 ? whole >= PODS : whole !== PODS) failures.push(`${whole} addresses at ${size} bytes`);
}

async function ask(port: number, size: number): Promise<{ first: Uint32Array; whole: number; lost: number }> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const query = writeQuery({
    id: 4711,
    flags: HeaderFlag.RD,
    question: { name: 'all.prod.svc.cluster.local.', type: RecordType.A, class: RecordClass.IN },
    edns: { udpSize: size, version: 0, dnssecOk: false, options: NO_OPTIONS },
  });
  const first = new Uint32Array(PODS);
  let [answers, whole, lost] = [0, 0, 0];
  await new Promise<void>((resolve) => {
    const fill = (): void => {
      for (let count = 0; count < WINDOW; count++) socket.send(query);
    };
    const silence = setTimeout(() => {
      lost += WINDOW;
      fill();
      silence.refresh();
    }, PATIENCE);
    socket.on('message', (reply) => {
      silence.refresh();
      first[lastOctet(reply)]!++;
      whole = reply.readUInt16BE(6);
      if (++answers < ANSWERS) socket.send(query);
      else {
        clearTimeout(silence);
        socket.removeAllListeners('message');
        resolve();
      }
    });
    fill();
  });
  socket.close();
  return { first, whole, lost };
}

/** The last octet of the first answer's address. */
function lastOctet(reply: Buffer): number {
  const end = (name: number): number => {
    let at = name;
    while (reply[at] !== 0) {
      if (reply[at]! >= 0xc0) return at + 2;
      at += reply[at]! + 1;
    }
    return at + 1;
  };
  return reply[end(end(12) + 4) + 10 + 3]!;
}

function world(): unknown[] {
  const metadata = { name: 'all', namespace: 'prod' };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', ports: [{ port: 80 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'all' } },
      addressType: 'IPv4',
      ports: [{ port: 80, protocol: 'TCP' }],
      endpoints: Array.from({ length: PODS }, (_, index) => ({ addresses: [`10.0.0.${index}`] })),
    },
  ];
}
