/**
 * Proves the image without Docker: builds its file system as the Dockerfile does, from this machine's Node and
 * libraries, and runs its entry point with the arguments, the Corefile and the securityContext of deploy/kubernetes, on
 * port 53 of a network of its own. Needs root, npm's registry, and Debian's util-linux, libcap2-bin, iproute2 and
 * bind9-dnsutils. `.ci/run` calls it; `npm test` does not.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../kit/project-files.ts';
import { ContainedProcess } from './contained-process.ts';
import type { ContainerSettings } from './contained-process.ts';
import { memoryGroup } from './memory-group.ts';

requireTools();
const work = mkdtempSync(join(tmpdir(), 'signpost-image-'));
const image = join(work, 'image');
const limit = memoryGroup(170 * 1024 * 1024);
try {
  build();
  const settings: ContainerSettings = {
    root: image,
    command: [...entryPoint(), ...stockArguments()],
    mounts: new Map([
      ['/etc/coredns', configuration()],
      ['/etc/resolv.conf', join(root, 'test/distributions/resolv.conf')],
    ]),
    netBindService: true,
    group: limit?.procs,
  };
  await serves(settings);
  await needsTheMark(settings);
  await needsTheCapability(settings);
} finally {
  limit?.remove();
  rmSync(work, { recursive: true });
}

function requireTools(): void {
  if (process.getuid?.() !== 0)
    throw new Error('this needs root: namespaces, mounts, and another user to run as');
  for (const [tool, debian] of [
    ['unshare', 'util-linux'],
    ['nsenter', 'util-linux'],
    ['capsh', 'libcap2-bin'],
    ['setcap', 'libcap2-bin'],
    ['ip', 'iproute2'],
    ['dig', 'bind9-dnsutils'],
  ] as const) {
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
      throw new Error(`${tool} is missing: apt-get install ${debian}`);
  }
}

function build(): void {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
  const run = (program: string, words: string[]): unknown =>
    execFileSync(program, words, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  run('npm', ['run', 'build']);
  run('deploy/image-root.sh', [process.execPath, image]);
}

/** What the Dockerfile starts. */
function entryPoint(): string[] {
  const line = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  return JSON.parse(line![1]!) as string[];
}

/** What the Deployment adds. */
function stockArguments(): string[] {
  const deployment = parse(readFileSync(join(root, 'deploy/kubernetes/deployment.yaml'), 'utf8')) as {
    spec: { template: { spec: { containers: { args: string[] }[] } } };
  };
  return deployment.spec.template.spec.containers[0]!.args;
}

/** kubeadm's Corefile, with manifests in place of the cluster that is not here. */
function configuration(): string {
  const folder = join(work, 'etc-coredns');
  mkdirSync(folder);
  cpSync(join(root, 'examples/cluster'), join(folder, 'manifests'), { recursive: true });
  const corefile = readFileSync(join(root, 'test/distributions/kubeadm/Corefile'), 'utf8');
  const here = corefile.replace(/^ *kubernetes .*\{$/m, '$&\n        manifests /etc/coredns/manifests');
  assert.notEqual(here, corefile);
  writeFileSync(join(folder, 'Corefile'), here);
  return folder;
}

async function serves(settings: ContainerSettings): Promise<void> {
  await using server = new ContainedProcess(settings);
  await server.says(/^linux\/.* node/);
  const status = readFileSync(`/proc/${server.pid}/status`, 'latin1');
  for (const line of [
    /^Uid:\t65532\t65532\t65532\t65532$/m,
    /^Gid:\t65532\t65532\t65532\t65532$/m,
    /^Groups:\t65532 $/m,
    /^NoNewPrivs:\t1$/m,
    /^CapPrm:\t0000000000000400$/m,
    /^CapBnd:\t0000000000000400$/m,
  ])
    assert.match(status, line);
  for (const path of ['/', '/etc/coredns/', '/signpost/'])
    assert.throws(() => writeFileSync(`/proc/${server.pid}/root${path}x`, ''), { code: 'EROFS' });
  for (const protocol of ['+notcp', '+tcp']) {
    const words = [
      '@127.0.0.1',
      protocol,
      '+time=2',
      '+tries=3',
      '+short',
      'kubernetes.default.svc.cluster.local',
    ];
    assert.equal(server.inItsNetwork('dig', words), '10.96.0.1\n');
  }
  for (const [port, path] of [
    [8080, 'health'],
    [8181, 'ready'],
    [9153, 'metrics'],
  ] as const) {
    const program = `fetch('http://127.0.0.1:${port}/${path}').then((reply) => console.log(reply.status))`;
    assert.equal(server.inItsNetwork(process.execPath, ['-e', program]), '200\n', path);
  }
  memoryIsBounded(server.lines);
  assert.match(server.lines.join('\n'), /^\[INFO\] dns:\/\/:53: UDP by recvmmsg and sendmmsg, one worker, /m);
  assert.deepEqual(
    server.lines.filter((line) => /panic|EROFS|EACCES|EPERM|Warning/.test(line)),
    [],
  );
  console.log(`resident: ${/^VmRSS:\s+(.*)$/m.exec(status)![1]} after the start`);
  assert.equal(await server.terminate(), 0);
  console.log(
    'serves on port 53 as user 65532, with no_new_privs, NET_BIND_SERVICE only and a read-only root',
  );
}

function memoryIsBounded(lines: readonly string[]): void {
  const line = lines.find((text) => text.includes('memory limit'));
  if (limit === undefined) console.log('no memory limit to be had here: the heap was left as it is');
  else
    assert.equal(line, '[INFO] memory limit 170 MiB: the heap may take 91 MiB, of that 2 MiB a semi-space');
}

/** The same Node without the file capability: what a launcher's child, or a COPY that drops it, would be. */
async function needsTheMark(settings: ContainerSettings): Promise<void> {
  const unmarked = join(work, 'node');
  cpSync(process.execPath, unmarked);
  await using server = new ContainedProcess({
    ...settings,
    mounts: new Map([...settings.mounts, ['/usr/bin/node', unmarked]]),
  });
  assert.equal(await server.ended(), 1);
  assert.match(server.lines.join('\n'), /:53.*permission/i);
  console.log('without the file capability it says that port 53 is not permitted');
}

async function needsTheCapability(settings: ContainerSettings): Promise<void> {
  await using server = new ContainedProcess({ ...settings, netBindService: false });
  assert.notEqual(await server.ended(), 0);
  assert.match(server.lines.join('\n'), /execve '\/usr\/bin\/node' failed/);
  console.log('without NET_BIND_SERVICE it does not start');
}
