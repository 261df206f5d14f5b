import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/kit/project-files.ts';
import { lastingPort } from '../test/kube-apiserver/server-child.ts';
import { start } from './load.ts';
import { stockCorefile } from './worlds.ts';
import type { StockSettings } from './worlds.ts';

/** bin/signpost in a process of its own. */
export interface OwnServer {
  readonly pid: number;
  readonly port: number;
  /** Of `prometheus`. */
  readonly metricsPort: number;
  /** What it has printed until it served. */
  readonly output: readonly string[];
  /** Replaces the Corefile's settings and asks for a reload. */
  reload(settings: StockSettings): void;
  stop(): Promise<void>;
}

/** How it is started; all may be left out. */
export interface OwnServerOptions {
  readonly nodeOptions?: readonly string[];
  /** The value of SIGNPOST_UDP. */
  readonly udp?: 'batched' | 'dgram';
  /** Bytes of the receive buffer to ask for. */
  readonly receiveBuffer?: number | undefined;
}

/** Starts Signpost with the Corefile of most clusters; resolves when it serves. */
export async function startOwnServer(
  parent: string,
  settings: StockSettings,
  { nodeOptions = [], udp = 'batched', receiveBuffer }: OwnServerOptions = {},
): Promise<OwnServer> {
  const folder = mkdtempSync(join(parent, 'signpost-'));
  const path = join(folder, 'Corefile');
  const [port, metricsPort] = [await lastingPort(), await lastingPort()];
  const configure = (next: StockSettings): void =>
    writeFileSync(path, stockCorefile(next, { port, metricsPort }));
  configure(settings);
  const output: string[] = [];
  const ready = (line: string): boolean => output.push(line) > 0 && line.startsWith('Signpost-');
  const child = await start(join(root, 'bin/signpost'), ['-conf', path], ready, nodeOptions, {
    SIGNPOST_UDP: udp,
    ...(receiveBuffer === undefined ? {} : { SIGNPOST_UDP_RECEIVE_BUFFER: String(receiveBuffer) }),
  });
  const ended = once(child, 'exit');
  return {
    pid: child.pid!,
    port,
    metricsPort,
    output,
    reload(next) {
      configure(next);
      child.kill('SIGUSR1');
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
