import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ask } from './ask.ts';
import { freshName } from './sized-answers.ts';
import type { SizedAnswer } from './sized-answers.ts';

/** Seconds until a server must answer. */
const START_SECONDS = 120;

/** Where a server speaks DNS over TLS and DNS over HTTPS, and the file of its certificate, which signs itself. */
export interface EncryptedPorts {
  readonly tls: number;
  readonly https: number;
  readonly certificate: string;
}

/** A DNS server that others have made, in a process and a folder of its own on 127.0.0.1. */
export class RealUpstream {
  readonly title: string;
  /** For UDP and TCP. */
  readonly port: number;
  readonly encrypted: EncryptedPorts | undefined;
  /** What it answers. */
  readonly answers: readonly SizedAnswer[];
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #folder: string;
  #output = '';

  constructor(
    title: string,
    command: readonly string[],
    folder: string,
    port: number,
    answers: readonly SizedAnswer[],
    encrypted?: EncryptedPorts,
  ) {
    this.title = title;
    this.port = port;
    this.answers = answers;
    this.encrypted = encrypted;
    this.#folder = folder;
    const [program, ...parameters] = command;
    this.#child = spawn(program!, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.on('error', (error) => (this.#output += `${error.message}\n`));
    // Whatever ends this program, nothing is left running.
    process.once('exit', () => this.#child.kill());
    const keep = (text: Buffer): void => void (this.#output = (this.#output + text.toString()).slice(-4000));
    this.#child.stdout.on('data', keep);
    this.#child.stderr.on('data', keep);
  }

  /** Resolves once it answers. */
  async ready(): Promise<this> {
    const giveUp = performance.now() + START_SECONDS * 1000;
    const [shortest] = this.answers;
    for (;;) {
      try {
        const manner = { protocol: 'tcp', receiveSize: undefined } as const;
        await ask(this.port, freshName(shortest!, 0), shortest!.type, manner);
        return this;
      } catch (error) {
        if (this.#ended || performance.now() > giveUp) {
          await this.stop();
          throw new Error(`${this.title} did not start:\n${this.#output}`, { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** What unbound has counted since its start, by the names in unbound-control(8). */
  statistics(): (name: string) => number {
    const configuration = join(this.#folder, 'unbound.conf');
    const text = execFileSync('unbound-control', ['-c', configuration, 'stats_noreset'], {
      encoding: 'utf8',
    });
    const figures = new Map(text.split('\n').map((line) => line.split('=', 2) as [string, string]));
    return (name) => Number(figures.get(name));
  }

  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #ended(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
