import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { memoryGroup } from '../test/integration/memory-group.ts';
import type { MemoryGroup } from '../test/integration/memory-group.ts';
import { root } from '../test/kit/project-files.ts';
import type { ApiServer } from '../test/kube-apiserver/api-server.ts';

/** The stock Deployment's memory limit. */
export const MEMORY_LIMIT = 170 * 1024 * 1024;
/** Lines of output kept for the error message when something goes wrong. */
const KEPT_LINES = 40;
const built = join(root, 'node_modules/.cache/bench-cluster');

/** Ports of a server of the bench, all of 127.0.0.1. */
export interface ServerPorts {
  readonly dns: number;
  readonly health: number;
  readonly ready: number;
  readonly metrics: number;
}

/** Builds what the image holds, for `ClusterServer` to run. */
export function buildProgram(): void {
  rmSync(built, { recursive: true, force: true });
  mkdirSync(built, { recursive: true });
  copyFileSync(join(root, 'package.json'), join(built, 'package.json'));
  const words = [join(root, 'tools/bundle.ts'), join(built, 'dist')];
  const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed');
}

/**
 * Signpost as the image runs it: the built JavaScript, by the Dockerfile's entry point under the memory limit of the
 * stock Deployment, with kubeadm's Corefile on other ports and the credentials of a pod where a pod has them. Needs
 * root, for a mount namespace of its own.
 */
export class ClusterServer {
  readonly ports: ServerPorts;
  /** When the program was started, by performance.now() in milliseconds. */
  readonly began: number;
  readonly #child: ChildProcess;
  readonly #group: MemoryGroup | undefined;
  readonly #output: string[] = [];

  private constructor(
    child: ChildProcess,
    ports: ServerPorts,
    group: MemoryGroup | undefined,
    began: number,
  ) {
    this.#child = child;
    this.#group = group;
    this.ports = ports;
    this.began = began;
    for (const stream of [child.stdout!, child.stderr!])
      createInterface(stream).on('line', (line) => this.#keep(line));
  }

  /** Starts it, and resolves with its first instruction. @param folder for its Corefile */
  static async start(api: ApiServer, folder: string, ports: ServerPorts): Promise<ClusterServer> {
    if (process.getuid!() !== 0)
      throw new Error('this needs root: a mount namespace for the credentials of a pod');
    const corefile = join(folder, 'Corefile');
    writeFileSync(corefile, clusterCorefile(ports));
    const group = memoryGroup(MEMORY_LIMIT);
    const secrets = '/run/secrets/kubernetes.io/serviceaccount';
    const script = [
      'set -e',
      ...(group === undefined ? [] : [`echo $$ >'${group.procs}'`]),
      'mount --make-rprivate /',
      'mount -t tmpfs none /run',
      `mkdir -p ${secrets}`,
      `mount --bind '${api.inClusterFiles().path}' ${secrets}`,
      'echo',
      'exec "$@"',
    ].join('\n');
    const command = [...entryPoint(group !== undefined), '-conf', corefile];
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', 'unshare', '--mount', 'sh', '-c', script, 'sh', ...command],
      {
        env: {
          PATH: process.env['PATH'],
          KUBERNETES_SERVICE_HOST: api.host,
          KUBERNETES_SERVICE_PORT: String(api.port),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    await Promise.race([once(child.stdout, 'readable'), once(child, 'exit')]);
    return new ClusterServer(child, ports, group, performance.now());
  }

  /** Process id: each program here became the next one. */
  get pid(): number {
    return this.#child.pid!;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it wrote last. */
  get output(): string {
    return this.#output.join('\n');
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    if (this.alive) {
      const gone = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await gone;
    }
    this.#group?.remove();
  }

  #keep(line: string): void {
    if (this.#output.push(line) > KEPT_LINES) this.#output.shift();
  }
}

/** What the Dockerfile starts, with this machine's Node. @param limited whether a percentage is of the right limit */
export function entryPoint(limited: boolean): string[] {
  const line = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const words = JSON.parse(line![1]!) as string[];
  const options = words.slice(1, -1);
  const bounded = options.map((option) => (limited ? option : withoutPercentage(option)));
  return [process.execPath, ...bounded, join(built, 'dist/src/main.js')];
}

function withoutPercentage(option: string): string {
  const percentage = /^--max-old-space-size-percentage=(\d+)$/.exec(option)?.[1];
  if (percentage === undefined) return option;
  return `--max-old-space-size=${Math.floor(((MEMORY_LIMIT / 2 ** 20) * Number(percentage)) / 100)}`;
}

/** kubeadm's, with the ports of the bench, cluster names cached too, and no upstream. */
function clusterCorefile({ dns, health, ready, metrics }: ServerPorts): string {
  return `.:${dns} {
    bind 127.0.0.1
    errors
    health 127.0.0.1:${health} {
       lameduck 5s
    }
    ready 127.0.0.1:${ready}
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus 127.0.0.1:${metrics}
    forward . 127.0.0.1:1 {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;
}
