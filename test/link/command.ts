import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Host } from './lan.ts';

/** The program. */
export const signpost = fileURLToPath(new URL('../../bin/signpost', import.meta.url));

/** A command of Signpost that runs on a host, with the lines that it has printed. */
export class Command implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  constructor(host: Host, ...words: readonly string[]) {
    const [program, ...rest] = [...host.launcher, signpost, ...words];
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface(child.stdout).on('line', (line) => this.lines.push(line));
    this.#child = child;
  }

  /** Ends it as an operator does, with goodbyes. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
