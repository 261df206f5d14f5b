import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeQuery } from '../src/wire/write-query.ts';
import { lastingPort } from '../test/kube-apiserver/server-child.ts';
import { dnsmasqLines, zoneFile } from './zone-records.ts';
import type { ZoneRecord } from './zone-records.ts';

/** What peers are to serve, as far as they can. */
export interface PeerWork {
  readonly records: readonly ZoneRecord[];
  /** Port on 127.0.0.1 of an upstream for all else. */
  readonly upstream: number;
}

/** A server that somebody else made, as good as its options make it with one thread. */
export interface Peer {
  readonly title: string;
  readonly program: string;
  /** Where to get it. */
  readonly advice: string;
  readonly canForward: boolean;
  /** Writes what it needs into a folder. @returns its command line */
  configure(folder: string, port: number, work: PeerWork): string[];
}

/** A peer that answers. */
export interface RunningPeer {
  readonly title: string;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

const knot: Peer = {
  title: 'Knot DNS',
  program: 'knotd',
  advice: 'apt-get install knot',
  canForward: false,
  configure(folder, port, { records }) {
    const zone = write(folder, 'cluster.zone', zoneFile(records));
    const text = `server:
  listen: 127.0.0.1@${port}
  rundir: ${folder}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: ${folder}
zone:
  - domain: cluster.local
    file: ${zone}
    journal-content: none
`;
    return ['knotd', '-c', write(folder, 'knot.conf', text)];
  },
};

const unbound: Peer = {
  title: 'unbound',
  program: 'unbound',
  advice: 'apt-get install unbound',
  canForward: true,
  configure(folder, port, { records, upstream }) {
    const data = records.map(({ name, type, data }) => `  local-data: "${name} 30 ${type} ${data}"\n`);
    const text = `server:
  interface: 127.0.0.1
  port: ${port}
  username: ""
  chroot: ""
  directory: ${folder}
  pidfile: ""
  use-syslog: no
  verbosity: 0
  num-threads: 1
  outgoing-range: 8192
  num-queries-per-thread: 4096
  so-rcvbuf: 4m
  msg-cache-size: 64m
  rrset-cache-size: 128m
  module-config: "iterator"
  do-not-query-localhost: no
  local-zone: cluster.local. static
${data.join('')}forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstream}
remote-control:
  control-enable: no
`;
    return ['unbound', '-d', '-c', write(folder, 'unbound.conf', text)];
  },
};

const nsd: Peer = {
  title: 'NSD',
  program: 'nsd',
  advice: 'apt-get install nsd',
  canForward: false,
  configure(folder, port, { records }) {
    const zone = write(folder, 'cluster.zone', zoneFile(records));
    const text = `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: ${folder}
  database: ""
  pidfile: ${folder}/nsd.pid
  xfrdfile: ${folder}/xfrd.state
  zonelistfile: ${folder}/zone.list
  xfrdir: ${folder}
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: cluster.local
  zonefile: ${zone}
`;
    return ['nsd', '-d', '-c', write(folder, 'nsd.conf', text)];
  },
};

const dnsmasq: Peer = {
  title: 'dnsmasq',
  program: 'dnsmasq',
  advice: 'apt-get install dnsmasq-base',
  canForward: true,
  configure(folder, port, { records, upstream }) {
    const text = `port=${port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
user=root
cache-size=10000
dns-forward-max=10000
server=127.0.0.1#${upstream}
local=/cluster.local/
${dnsmasqLines(records)}`;
    return ['dnsmasq', '--keep-in-foreground', `--conf-file=${write(folder, 'dnsmasq.conf', text)}`];
  },
};

/** CoreDNS has no Kubernetes objects without an API server: a zone file takes their place. */
const coreDns = (program: string): Peer => ({
  title: 'CoreDNS',
  program,
  advice: 'COREDNS=PROGRAM',
  canForward: true,
  configure(folder, port, { records, upstream }) {
    const zone = write(folder, 'cluster.zone', zoneFile(records));
    const text = `.:${port} {
    bind 127.0.0.1
    errors
    file ${zone} cluster.local
    prometheus 127.0.0.1:0
    forward . 127.0.0.1:${upstream}
    cache 30
    loop
    reload
    loadbalance
}
`;
    return [program, '-conf', write(folder, 'Corefile', text)];
  },
});

/** Those that are on this machine; the others are told of. */
export function presentPeers(say: (line: string) => void): Peer[] {
  const program = process.env['COREDNS'];
  const all = [knot, unbound, nsd, dnsmasq, ...(program === undefined ? [] : [coreDns(program)])];
  const present = all.filter((peer) => isProgram(peer.program));
  const missing = all.filter((peer) => !present.includes(peer));
  for (const { title, advice } of missing) say(`${title} is not here and is left out: ${advice}`);
  if (program === undefined) say('CoreDNS is left out: COREDNS=PROGRAM names one');
  return present;
}

/** Starts a peer; resolves when it answers. @throws {Error} where it does not within ten seconds, or ends */
export async function startPeer(peer: Peer, parent: string, work: PeerWork): Promise<RunningPeer> {
  const port = await lastingPort();
  const folder = join(parent, `${peer.title.replace(' ', '-')}-${port}`);
  mkdirSync(folder);
  const [program, ...parameters] = peer.configure(folder, port, work);
  const child = spawn(program!, parameters, { stdio: ['ignore', 'ignore', 'pipe'], env: debianPath() });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-2000)));
  const running = { title: peer.title, pid: child.pid!, port, stop: () => end(child) };
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    if (await answers(port)) return running;
  }
  await running.stop();
  throw new Error(`${peer.title} does not answer:\n${output}`);
}

/** Whether anything comes back within a tenth of a second. */
async function answers(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.on('error', () => undefined);
  socket.on('message', () => resolve(true));
  const question = { name: 'ns.dns.cluster.local.', type: 1, class: 1 };
  socket.connect(port, '127.0.0.1', () => {
    socket.send(writeQuery({ id: 1, flags: 0x0100, question, edns: undefined }));
  });
  const answered = await Promise.race([promise, pause(100, false)]);
  socket.close();
  return answered;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await promise;
  clearTimeout(timer);
}

function isProgram(name: string): boolean {
  if (name.includes('/')) return existsSync(name);
  return spawnSync('which', [name], { stdio: 'ignore', env: debianPath() }).status === 0;
}

/** Servers are in sbin, which is not in everybody's path. */
function debianPath(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
}

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
