/**
 * `npm run test:resolvers`: the resolvers that pods have, in a network namespace with a pod's resolv.conf (ndots:5,
 * three search domains), ask bin/signpost for a dual-stack Service by its short, its longer and its whole name. Each
 * must find the addresses, and ask no more than its search list makes it; a table shows what each name costs.
 * Needs root for the namespaces, and unshare, ip, getent, musl-gcc, busybox and go
 * (`apt-get install util-linux iproute2 libc-bin musl-tools busybox golang-go`).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess, sumOfMetric } from '../kit/server-process.ts';
import { DNS_ADDRESS, furnishPod, isInPod, POD_NAMESPACE, runInPod } from './resolvers/pod-namespace.ts';
import { missingPackages, resolverPrograms } from './resolvers/programs.ts';
import type { ResolverProgram } from './resolvers/programs.ts';

const METRICS_PORT = 9153;
const SEARCH_DOMAINS = 3;
const addresses = { A: '10.96.0.80', AAAA: 'fd00:10:96::80' } as const;
/** Names of the Service, and how many names a resolver tries with three search domains and ndots:5 until it has it. */
const names: readonly (readonly [name: string, tries: number])[] = [
  ['api', 1],
  [`api.${POD_NAMESPACE}`, 2],
  [`api.${POD_NAMESPACE}.svc.cluster.local`, 4],
];

const manifests = `apiVersion: v1
kind: Namespace
metadata:
  name: ${POD_NAMESPACE}
---
apiVersion: v1
kind: Service
metadata:
  name: api
  namespace: ${POD_NAMESPACE}
spec:
  clusterIP: ${addresses.A}
  clusterIPs: ['${addresses.A}', '${addresses.AAAA}']
  ipFamilies: [IPv4, IPv6]
  ipFamilyPolicy: RequireDualStack
  ports:
    - name: http
      port: 80
`;

if (isInPod()) await runAll();
else process.exitCode = start();

function start(): number {
  const missing = missingPackages();
  if (process.getuid?.() !== 0) console.error('failed: this needs root, for network namespaces');
  else if (missing.length > 0)
    console.error(`failed: programs are missing: apt-get install ${missing.join(' ')}`);
  else return runInPod(fileURLToPath(import.meta.url));
  return 1;
}

async function runAll(): Promise<void> {
  furnishPod();
  const folder = mkdtempSync(join(tmpdir(), 'signpost-resolvers-'));
  try {
    const programs = resolverPrograms(folder);
    writeFileSync(join(folder, 'services.yaml'), manifests);
    const server = await ServerProcess.start(corefile(join(folder, 'services.yaml')));
    const rows: string[][] = [];
    const faults: string[] = [];
    for (const program of programs) rows.push([program.title, ...(await costs(program, faults))]);
    if ((await server.stop()) !== 0) faults.push('the server did not end well');
    console.log(table([['queries for', ...names.map(([name]) => name)], ...rows]));
    for (const fault of faults) console.error(`failed: ${fault}`);
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The table's cells of one program. */
async function costs(program: ResolverProgram, faults: string[]): Promise<string[]> {
  const cells: string[] = [];
  for (const [name, tries] of names) {
    const before = await queries();
    const found = program.lookUp(name);
    const asked = (await queries()) - before;
    const { most, finds } = expectation(program, name, tries);
    const expected = finds ? program.types.map((type) => addresses[type]).join(' ') : '';
    if (found.join(' ') !== expected) {
      faults.push(`${program.title}: ${name} has '${found.join(' ')}' instead of '${expected}'`);
    }
    if (asked < program.types.length || asked > most) {
      faults.push(`${program.title}: ${name} cost ${asked} queries, not ${program.types.length} to ${most}`);
    }
    cells.push(found.length > 0 ? String(asked) : `${asked}, not found`);
  }
  return cells;
}

/** How many queries a name may cost, and whether it is found: by its whole name it always is. */
function expectation(
  { searches, types }: ResolverProgram,
  name: string,
  tries: number,
): { most: number; finds: boolean } {
  const isWhole = name === names.at(-1)![0];
  if (searches === 'one after the other') return { most: types.length * tries, finds: true };
  if (searches === 'all at once, without a dot' && !name.includes('.'))
    return { most: types.length * SEARCH_DOMAINS, finds: true };
  return { most: types.length, finds: isWhole };
}

function queries(): Promise<number> {
  return sumOfMetric(METRICS_PORT, 'coredns_dns_requests_total');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n');
}

/** Outside of the cluster there is no name at all. */
function corefile(services: string): string {
  return `cluster.local:53 {
    bind ${DNS_ADDRESS}
    errors
    prometheus 127.0.0.1:${METRICS_PORT}
    kubernetes {
        manifests ${services}
    }
}
.:53 {
    bind ${DNS_ADDRESS}
    errors
    prometheus 127.0.0.1:${METRICS_PORT}
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;
}
