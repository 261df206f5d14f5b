/**
 * Figures of the manifests source: 10,000 Services and 100,000 endpoints from one file of 20 MB, and one document of
 * it changed. Run: `node bench/manifests.ts [--list]` (`--list`: as one `kind: List`, as kubectl prints it).
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { ClusterStore } from '../src/cluster/cluster-store.ts';
import { ManifestSource } from '../src/cluster/manifests/manifest-source.ts';
import { createLogger } from '../src/log/logger.ts';
import { systemClock } from '../src/plugin/clock.ts';
import { VersionCells } from '../src/truth/version-cells.ts';

const services = 10_000;
const endpointsEach = 10;
const namespaces = 50;

const limits = { readySeconds: 12, peakMegabytes: 250, holdMilliseconds: 50, changeMilliseconds: 2000 };

const list = process.argv.includes('--list');
let changePosition = 0;
const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
const file = join(folder, 'world.yaml');
try {
  writeWorld(file);
  await measure();
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(): Promise<void> {
  const log = createLogger((line) => console.log(line));
  const store = new ClusterStore({ cells: new VersionCells(), clock: systemClock });
  const source = new ManifestSource({
    paths: [folder],
    writer: store,
    log,
    clock: systemClock,
    watchPods: false,
  });
  const base = peakMegabytes();
  const longestHold = followHolds();
  let start = performance.now();
  await source.start();
  const ready = (performance.now() - start) / 1000;
  const hold = longestHold();

  const changed = 'service-4321.team-21';
  const before = store.service(changed)!.ports[0]!.number;
  changeDocument();
  start = performance.now();
  while (store.service(changed)!.ports[0]!.number === before) await pass(1);
  const change = performance.now() - start;
  const { objects, parsedDocuments } = source.status;
  await source.close();

  row('file', `${(statSync(file).size / 1e6).toFixed(1)} MB`, '');
  row('Services, slices', `${objects.services}, ${objects.endpointSlices}`, '');
  row('documents parsed', `${parsedDocuments}`, '');
  row('ready after', `${ready.toFixed(2)} s`, verdict(ready, limits.readySeconds, 's'));
  row('peak resident memory', `${peakMegabytes()} MB`, verdict(peakMegabytes(), limits.peakMegabytes, 'MB'));
  row('  before the start', `${base} MB`, '');
  row('longest hold, first pass', `${hold.toFixed(1)} ms`, verdict(hold, limits.holdMilliseconds, 'ms'));
  row('one changed document', `${change.toFixed(0)} ms`, verdict(change, limits.changeMilliseconds, 'ms'));
}

/**
 * Follows how long the main thread is held between turns of its event loop, in the thread's own processor time (Node
 * 24 and later), so that a busy machine does not count. The function returned ends it and gives the longest, in
 * milliseconds.
 */
function followHolds(): () => number {
  let longest = 0;
  let last = threadTime();
  const timer = setInterval(() => {
    const now = threadTime();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

function threadTime(): number {
  const usage = (process as Partial<Pick<NodeJS.Process, 'threadCpuUsage'>>).threadCpuUsage?.();
  return usage === undefined ? performance.now() : (usage.user + usage.system) / 1000;
}

function row(title: string, figure: string, note: string): void {
  console.log(`${title.padEnd(28)}${figure.padStart(16)}   ${note}`);
}

function verdict(figure: number, limit: number, unit: string): string {
  if (figure > limit) process.exitCode = 1;
  return `${figure <= limit ? 'good' : 'MISSED'}: limit ${limit} ${unit}`;
}

function peakMegabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function writeWorld(path: string): void {
  const descriptor = openSync(path, 'w');
  let position = list ? writeSync(descriptor, 'apiVersion: v1\nitems:\n') : 0;
  for (let index = 0; index < services; index++) {
    for (const object of [serviceText(index), sliceText(index)]) {
      const text = list ? `- ${object.trimEnd().replaceAll('\n', '\n  ')}\n` : `---\n${object}`;
      const port = text.indexOf('port: 8000');
      if (index === 4321 && port > 0) changePosition = position + port;
      position += writeSync(descriptor, text);
    }
  }
  if (list) writeSync(descriptor, 'kind: List\nmetadata:\n  resourceVersion: ""\n');
  closeSync(descriptor);
}

function metadata(index: number, name: string, labels: string): string {
  return `metadata:
  creationTimestamp: "2026-11-21T07:29:52Z"
  labels:
    app.kubernetes.io/name: service-${index}
${labels}  name: ${name}
  namespace: team-${index % namespaces}
  resourceVersion: "${100_000 + index}"
  uid: 4b6d8e2a-0f5c-4c1e-9a77-${String(index).padStart(12, '0')}
`;
}

function serviceText(index: number): string {
  return `apiVersion: v1
kind: Service
${metadata(index, `service-${index}`, '')}spec:
  clusterIP: 10.${100 + (index >> 14)}.${(index >> 8) & 63}.${index & 255}
  clusterIPs:
  - 10.${100 + (index >> 14)}.${(index >> 8) & 63}.${index & 255}
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - name: http
    port: 8000
    protocol: TCP
    targetPort: http
  selector:
    app.kubernetes.io/name: service-${index}
  sessionAffinity: None
  type: ClusterIP
status:
  loadBalancer: {}
`;
}

function sliceText(index: number): string {
  let text = `addressType: IPv4
apiVersion: discovery.k8s.io/v1
endpoints:
`;
  for (let place = 0; place < endpointsEach; place++) {
    const number = index * endpointsEach + place;
    text += `- addresses:
  - 10.${200 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}
  conditions:
    ready: true
  targetRef:
    kind: Pod
    name: service-${index}-${place}
`;
  }
  return `${text}kind: EndpointSlice
${metadata(index, `service-${index}-x7k2p`, `    kubernetes.io/service-name: service-${index}\n`)}ports:
- name: http
  port: 8080
  protocol: TCP
`;
}

/** Writes over one port of the file, in place. */
function changeDocument(): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, 'port: 8001', changePosition);
  closeSync(descriptor);
}
