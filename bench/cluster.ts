/**
 * `npm run bench:cluster`: Signpost as the image runs it, with the credentials of a pod, on a real kube-apiserver with
 * 10,000 Services of 10 endpoints each. Each line has the figure and what is allowed; what CoreDNS 1.14.7 does on such a
 * machine stands in brackets.
 * `--only start|relists|changes|churn` does one part, or several with commas between them. `--full` is what the limits
 * are meant for: a minute of changes, not ten seconds. With `--noisy` limits of times are printed, but do not decide.
 * Needs root, Go, openssl and util-linux.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureChanges } from './cluster-changes.ts';
import { measureChurn } from './cluster-churn.ts';
import { measureRelists } from './cluster-relists.ts';
import { buildProgram, entryPoint } from './cluster-server.ts';
import { measureStart } from './cluster-start.ts';
import type { ClusterSettings } from './cluster-start.ts';
import { startClusterWorld } from './cluster-world.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    noisy: { type: 'boolean', default: false },
  },
});
const parts: Readonly<Record<string, (settings: ClusterSettings) => Promise<void>>> = {
  start: measureStart,
  changes: measureChanges,
  churn: measureChurn,
  relists: measureRelists,
};
const chosen = values.only === undefined ? Object.keys(parts) : values.only.split(',');
const unknown = chosen.find((part) => !Object.hasOwn(parts, part));
if (unknown !== undefined) {
  console.error(`unknown part '${unknown}'; parts are ${Object.keys(parts).join(', ')}`);
  process.exit(1);
}
buildProgram();
const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
const api = await startClusterWorld();
try {
  console.log(`${entryPoint(true).slice(1, -1).join(' ')}\n`);
  console.log('| what | figure | at most |\n| --- | --- | --- |');
  for (const part of chosen) await parts[part]!({ api, folder, full: values.full });
} finally {
  await api.stop();
  rmSync(folder, { recursive: true });
}
