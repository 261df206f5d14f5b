import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { freePort } from '../test/kit/server-process.ts';

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
  readonly port: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  private constructor(program: string, port: number) {
    this.port = port;
    this.#child = spawn(program, [String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#child.stdout);
  }

  /** Compiles upstream.c once; returns the program. */
  static compile(folder: string): string {
    const program = join(folder, 'upstream');
    execFileSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'upstream.c')]);
    return program;
  }

  static async start(program: string): Promise<ToldUpstream> {
    const upstream = new ToldUpstream(program, await freePort());
    await once(upstream.#lines, 'line');
    return upstream;
  }

  /** Commands go one after the other. */
  async tell(command: string): Promise<UpstreamCounts> {
    const answer = once(this.#lines, 'line') as Promise<[string]>;
    this.#child.stdin.write(`${command}\n`);
    const words = (await answer)[0].split(' ');
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
}
