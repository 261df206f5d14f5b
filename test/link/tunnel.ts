import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from './lan.ts';

/** What runs on the host: takes connections there, and makes each one of the socket in the file system. */
const FAR_END = `
const { connect, createServer } = require('node:net');
const [port, path] = process.argv.slice(1);
const server = createServer((near) => {
  const far = connect(path);
  near.pipe(far).pipe(near);
  for (const end of [near, far]) end.on('error', () => { near.destroy(); far.destroy(); });
});
server.listen(Number(port), '127.0.0.1', () => console.log('ready'));
`;

/** Lets a host reach a port of 127.0.0.1 of this machine at its own: a socket in the file system leads out of its namespace. */
export class Tunnel implements AsyncDisposable {
  readonly #folder: string;
  readonly #server: Server;
  readonly #child: ChildProcess;

  private constructor(folder: string, server: Server, child: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
    this.#child = child;
  }

  static async open(host: Host, port: number): Promise<Tunnel> {
    const folder = mkdtempSync(join(tmpdir(), 'signpost-tunnel-'));
    const path = join(folder, 'socket');
    const server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      near.pipe(far).pipe(near);
      for (const end of [near, far]) {
        end.on('error', () => {
          near.destroy();
          far.destroy();
        });
      }
    });
    server.listen(path);
    await once(server, 'listening');
    const [program, ...rest] = [...host.launcher, process.execPath, '-e', FAR_END, String(port), path];
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return new Tunnel(folder, server, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#child.kill();
    await once(this.#child, 'exit');
    rmSync(this.#folder, { recursive: true });
  }
}
