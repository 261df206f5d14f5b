import type { ChildProcess } from 'node:child_process';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { freePort } from '../test/kit/server-process.ts';
import { start } from './load.ts';
import { ToldUpstream } from './told-upstream.ts';
import { smallWorld } from './worlds.ts';

/** A cluster name that the server of the bench answers from local data. */
export const CLUSTER_NAME = 'web.prod.svc.cluster.local';

/** Options of the command line, and where to work. */
export interface BenchSettings {
  /** A folder for programs, manifests and Corefiles. */
  readonly folder: string;
  /** upstream.c, compiled. */
  readonly program: string;
  /** Random names a second to an upstream that has become slow. */
  readonly rate: number;
  /** Length of each load. */
  readonly seconds: number;
  /** Forged replies. */
  readonly forged: number;
  /** Runs whose median counts. */
  readonly runs: number;
}

/** bin/signpost with upstreams of ours behind it; all end together. */
export interface ForwardWorld {
  readonly port: number;
  readonly metricsPort: number;
  readonly pid: number;
  /** What the server prints. */
  readonly output: Readable;
  readonly upstreams: readonly ToldUpstream[];
  stop(): void;
}

/** Starts upstreams, and a server with a small cluster, a cache and `forward`. @param nodeOptions of the server */
export async function startWorld(
  { folder, program }: BenchSettings,
  upstreamCount = 1,
  cache = true,
  nodeOptions: readonly string[] = [],
): Promise<ForwardWorld> {
  const manifests = join(folder, 'world.yaml');
  writeFileSync(manifests, smallWorld());
  const upstreams: ToldUpstream[] = [];
  let server: ChildProcess | undefined;
  const stop = (): void => {
    server?.kill();
    for (const upstream of upstreams) upstream.stop();
  };
  try {
    while (upstreams.length < upstreamCount) upstreams.push(await ToldUpstream.start(program));
    const metricsPort = await freePort();
    const corefile = join(folder, 'Corefile');
    writeFileSync(
      corefile,
      `.:0 {
    bind 127.0.0.1
    prometheus 127.0.0.1:${metricsPort}
    kubernetes cluster.local {
        manifests ${manifests}
    }
    ${cache ? 'cache 300' : ''}
    forward . ${upstreams.map((upstream) => `127.0.0.1:${upstream.port}`).join(' ')}
}
`,
    );
    const launcher = join(import.meta.dirname, '../bin/signpost');
    let port = 0;
    const isReady = (line: string): boolean => {
      port ||= Number(/^\.:(\d+)( on |$)/.exec(line)?.[1] ?? 0);
      return line.startsWith('Signpost-');
    };
    server = await start(launcher, ['-conf', corefile], isReady, nodeOptions);
    return { port, metricsPort, pid: server.pid!, output: server.stdout!, upstreams, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Sockets that a process has open (Linux). */
export function openSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(join(folder, name)).startsWith('socket:');
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

/** What the issue allows. */
export interface FigureLimit {
  readonly text: string;
  readonly met: boolean;
  /** Whether a machine that does other things too may miss it by that alone. */
  readonly isTime?: boolean;
}

/** Prints a figure, and what is allowed. */
export function printFigure(title: string, figure: string, limit?: FigureLimit): void {
  const verdict = limit === undefined ? '' : `${limit.text}${limit.met ? '' : ' **missed**'}`;
  console.log(`| ${title} | ${figure} | ${verdict} |`);
  const decides = limit?.isTime !== true || !process.argv.includes('--noisy');
  if (limit?.met === false && decides) process.exitCode = 1;
}
