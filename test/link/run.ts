/**
 * `npm run test:link [-- NAME...]`: Signpost and real Avahi on links made of network namespaces, veth pairs and
 * bridges; NAME picks `NAME.link.ts`. Needs root, and avahi-daemon, avahi-utils, dbus, iproute2 and bind9-dnsutils.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const programs: Readonly<Record<string, string>> = {
  'avahi-daemon': 'avahi-daemon',
  'avahi-browse': 'avahi-utils',
  'dbus-daemon': 'dbus',
  ip: 'iproute2',
  dig: 'bind9-dnsutils',
};

process.exitCode = run(process.argv.slice(2));

function run(names: readonly string[]): number {
  const missing = Object.entries(programs).filter(([program]) => !isInstalled(program));
  const wanted = names.length > 0 ? names : ['*'];
  const files = wanted.flatMap((name) => globSync(join(import.meta.dirname, `${name}.link.ts`))).sort();
  if (process.getuid?.() !== 0) console.error('failed: this needs root, for network namespaces');
  else if (missing.length > 0) {
    const packages = missing.map(([, name]) => name).join(' ');
    console.error(`failed: programs are missing: apt-get install ${packages}`);
  } else if (files.length === 0) console.error(`failed: there is no test/link/${wanted.join(', ')}.link.ts`);
  else {
    // One after the other: they measure time.
    const flags = ['--test', '--test-concurrency=1', '--test-timeout=120000'];
    return spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit' }).status ?? 1;
  }
  return 1;
}

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
