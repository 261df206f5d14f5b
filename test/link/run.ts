/**
 * `npm run test:link [-- [--full] NAME...]`: Signpost, real Avahi and systemd-resolved on links made of network
 * namespaces, veth pairs and bridges; NAME picks `NAME.link.ts`, `--full` has everything at its full size. Needs root,
 * avahi-daemon, avahi-utils, dbus, iproute2 and bind9-dnsutils, and systemd-resolved: installed, or unpacked.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildApiServer } from '../kube-apiserver/build.ts';
import { findResolved } from './resolved.ts';

const programs: Readonly<Record<string, string>> = {
  'avahi-daemon': 'avahi-daemon',
  'avahi-browse': 'avahi-utils',
  'dbus-daemon': 'dbus',
  ip: 'iproute2',
  dig: 'bind9-dnsutils',
};

const { positionals, values } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
});
process.exitCode = run(positionals, values.full);

function run(names: readonly string[], isFull: boolean): number {
  const missing = Object.entries(programs).filter(([program]) => !isInstalled(program));
  const wanted = names.length > 0 ? names : ['*'];
  const files = wanted.flatMap((name) => globSync(join(import.meta.dirname, `${name}.link.ts`))).sort();
  if (process.getuid?.() !== 0) console.error('failed: this needs root, for network namespaces');
  else if (missing.length > 0) {
    const packages = missing.map(([, name]) => name).join(' ');
    console.error(`failed: programs are missing: apt-get install ${packages}`);
  } else if (findResolved() === undefined) {
    console.error(
      'failed: systemd-resolved is missing: install it, or have it unpacked: bash test/link/get-resolved.sh',
    );
  } else if (files.length === 0) console.error(`failed: there is no test/link/${wanted.join(', ')}.link.ts`);
  else {
    // It takes minutes the first time, which are no test's.
    if (files.some((file) => file.endsWith('api-server.link.ts'))) buildApiServer();
    // One after the other: they measure time.
    const flags = ['--test', '--test-concurrency=1', `--test-timeout=${isFull ? 900_000 : 120_000}`];
    const env = isFull ? { ...process.env, SIGNPOST_LINK_FULL: '1' } : process.env;
    return spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit', env }).status ?? 1;
  }
  return 1;
}

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
