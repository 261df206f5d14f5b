/**
 * Packs Signpost as it would be published, installs it into an empty folder, runs it there and asks it; then the same
 * for `npm start` in this checkout. Needs the package registry for what Signpost depends on, so `.ci/run` calls it and
 * `npm test` does not.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../kit/project-files.ts';
import { ask, launch } from './running.ts';

/** The Node that runs this is the first in PATH for all that is started from here. */
const environment = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
const work = mkdtempSync(join(tmpdir(), 'signpost package '));
try {
  const folder = install(pack());
  holdsWhatItShould(join(folder, 'node_modules/signpost'));
  await servesWhenInstalled(folder);
  refusesAnOldNode(folder);
  await startsWithNpm();
} finally {
  rmSync(work, { recursive: true });
}

function pack(): string {
  run('npm', ['run', 'build'], root);
  run('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', work], root);
  return join(
    work,
    readdirSync(work).find((file) => file.endsWith('.tgz'))!,
  );
}

function install(tarball: string): string {
  const folder = join(work, 'an empty folder');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', tarball], folder);
  return folder;
}

function holdsWhatItShould(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const wanted = [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'Corefile.example',
    'bin/signpost',
    'dist/src/index.d.ts',
  ];
  assert.deepEqual(
    wanted.filter((file) => !files.includes(file)),
    [],
    'missing from the package',
  );
  const surplus = files.filter(
    (file) => /\.test\.|\/test-|^(src|test|plugins)\b|^dist\/test\b/.test(file) || /(?<!\.d)\.ts$/.test(file),
  );
  assert.deepEqual(surplus, [], 'sources and tests stay at home');
  console.log(`package: ${files.length} files`);
}

async function servesWhenInstalled(folder: string): Promise<void> {
  const names = '192.0.2.7 seven.test\n        fallthrough';
  const manifests = join(folder, 'node_modules/signpost/examples/cluster');
  writeFileSync(
    join(folder, 'Corefile'),
    `.:0 {
    bind 127.0.0.1
    kubernetes cluster.local {
        manifests "${manifests}"
    }
    hosts {
        ${names}
    }
    whoami
}
`,
  );
  const signpost = await launch(join(folder, 'node_modules/.bin/signpost'), [], folder, environment);
  assert.deepEqual(await ask(signpost.port, 'seven.test', 'A'), ['"192.0.2.7"']);
  assert.deepEqual(await ask(signpost.port, 'kube-dns.kube-system.svc.cluster.local', 'A'), ['"10.96.0.10"']);
  assert.equal(await signpost.stop('SIGTERM'), 0);
  const script = `import('signpost').then(({ version, Reply }) => console.log(version, new Reply({ rcode: 3 }).rcode))`;
  assert.match(run(process.execPath, ['-e', script], folder), /^\d+\.\d+\.\d+ 3\n$/);
  console.log('package: installs, serves, stops and can be imported');
}

/** Where the machine has an old Node, which is where it matters. */
function refusesAnOldNode(folder: string): void {
  const old = '/usr/bin:/usr/local/bin:/bin'
    .split(':')
    .map((path) => join(path, 'node'))
    .find(isOld);
  if (old === undefined) return console.log('package: this machine has no old Node to refuse');
  const env = { ...process.env, PATH: `${dirname(old)}:/usr/bin:/bin` };
  const { status, stderr } = spawnSync(join(folder, 'node_modules/.bin/signpost'), [], {
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /^signpost: needs Node 22\.19 or newer; [^\n]*\n$/);
  console.log('package: an old Node is refused in one line');
}

function isOld(node: string): boolean {
  if (!existsSync(node)) return false;
  const major = /^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  return major !== undefined && Number(major) < 22;
}

async function startsWithNpm(): Promise<void> {
  const signpost = await launch('npm', ['start'], root);
  assert.equal(signpost.port, 5300);
  assert.deepEqual(await ask(5300, 'kube-dns.kube-system.svc.cluster.local', 'A'), ['"10.96.0.10"']);
  assert.equal((await ask(5300, '_postgresql._tcp.postgres.data.svc.cluster.local', 'SRV')).length, 2);
  assert.equal(signpost.lines.filter((line) => line.includes('dig @127.0.0.1 -p 5300')).length, 3);
  const code = await signpost.stop('SIGINT', 'group');
  assert.deepEqual(
    signpost.lines.filter((line) => line.includes('npm error')),
    [],
  );
  assert.equal(code, 0);
  console.log('npm start: greets, serves, and Ctrl-C ends it with 0');
}

function run(command: string, words: readonly string[], folder: string): string {
  return execFileSync(command, words, {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
