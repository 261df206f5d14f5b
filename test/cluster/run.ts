/**
 * `npm run test:cluster [-- --full] [NAME...]`: the tests on a real kube-apiserver, which is built first; NAME picks
 * `NAME.cluster.ts`, `--full` makes outages as long as they are in earnest. Needs Go, openssl and Debian's etcd: see test/kube-apiserver/README.md.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { buildApiServer } from '../kube-apiserver/build.ts';

const wanted = process.argv.slice(2).filter((word) => word !== '--full');
const names = wanted.length > 0 ? wanted : ['*'];
const files = names.flatMap((name) => globSync(join(import.meta.dirname, `${name}.cluster.ts`))).sort();
try {
  if (files.length === 0) throw new Error(`there is no test/cluster/${names.join(', ')}.cluster.ts`);
  buildApiServer();
  // One after the other: each has servers of its own and measures time.
  // Node 26.10 may wait for ever at its end, busily, for a request of a socket that was cut: so it is not waited for.
  const flags = ['--test', '--test-concurrency=1', '--test-timeout=900000', '--test-force-exit'];
  const env = { ...process.env, ...(process.argv.includes('--full') && { FULL_OUTAGES: '1' }) };
  process.exitCode = spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit', env }).status ?? 1;
} catch (error) {
  console.error(`failed: ${(error as Error).message}`);
  process.exitCode = 1;
}
