import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Readable } from 'node:stream';

/** Milliseconds until a server must be ready; the machine may be slow and busy. */
const START_LIMIT = 300_000;
/** Characters of output kept for the error message when something goes wrong. */
const KEPT_OUTPUT = 8000;

/** A server of others in a process of its own, which ends with this one, whatever ends that. */
export class ServerChild {
  readonly #title: string;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #output = '';

  constructor(
    title: string,
    program: string,
    parameters: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ) {
    this.#title = title;
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...parameters], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.on('error', (error) => (this.#output += `${error.message}\n`));
    const keep = (text: Buffer): void =>
      void (this.#output = (this.#output + text.toString()).slice(-KEPT_OUTPUT));
    this.#child.stdout.on('data', keep);
    this.#child.stderr.on('data', keep);
  }

  /** The last that it wrote. */
  get output(): string {
    return this.#output;
  }

  get alive(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once `isReady` says so; a rejection of it means not yet. */
  async ready(isReady: () => Promise<boolean>): Promise<void> {
    const giveUp = performance.now() + START_LIMIT;
    while (!(await isReady().catch(() => false))) {
      if (!this.alive || performance.now() > giveUp) {
        await this.end('SIGKILL');
        throw new Error(`${this.#title} did not start:\n${this.#output}`);
      }
      await pause(20);
    }
  }

  /** Sends a signal; resolves when the process is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.alive) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }
}

/**
 * A port of 127.0.0.1 that is free now and will not be given to an outgoing connection: it lies below the range that
 * the kernel takes those from, so that a server can come back on it.
 */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
