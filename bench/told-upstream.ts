import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** What an upstream has seen since it was last told something else. */
export interface UpstreamCounts {
  readonly queries: number;
  readonly answered: number;
  readonly probes: number;
  /** Most probes in any second. */
  readonly most: number;
}

/** upstream.c in a process of its own; what it can be told stands there. */
export class ToldUpstream {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  /** Resolves when the process ends. */
  readonly #ended: Promise<undefined>;
  #port = 0;

  private constructor(program: string) {
    this.#child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout);
    this.#ended = once(this.#child, 'exit').then(() => undefined);
  }

  /** Compiles upstream.c once; returns the program. */
  static compile(folder: string): string {
    const program = join(folder, 'upstream');
    execFileSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'upstream.c')]);
    return program;
  }

  static async start(program: string): Promise<ToldUpstream> {
    const upstream = new ToldUpstream(program);
    upstream.#port = Number(await upstream.#line());
    return upstream;
  }

  /** UDP port on 127.0.0.1. */
  get port(): number {
    return this.#port;
  }

  /** Commands go one after the other. */
  async tell(command: string): Promise<UpstreamCounts> {
    const answer = this.#line();
    this.#child.stdin.write(`${command}\n`);
    const words = (await answer).split(' ');
    const count = (name: string): number => Number(words[words.indexOf(name) + 1]);
    return {
      queries: count('queries'),
      answered: count('answered'),
      probes: count('probes'),
      most: count('most'),
    };
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #line(): Promise<string> {
    const line = await Promise.race([this.#nextLine(), this.#ended]);
    if (line === undefined) throw new Error('the upstream of the bench has ended');
    return line;
  }

  #nextLine(): Promise<string> {
    return new Promise((resolve) => this.#lines.once('line', resolve));
  }
}
