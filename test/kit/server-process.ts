import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { httpGet } from './http.ts';

const signpost = fileURLToPath(new URL('../../bin/signpost', import.meta.url));
/** Lines of output kept for the error message when something goes wrong. */
const KEPT_LINES = 40;

interface Expectation {
  matches(line: string): boolean;
  resolve(line: string): void;
}

/** What a process finds around itself; all of it may be left out. */
export interface ProcessSurroundings {
  /** A program and its first arguments that becomes Signpost: `unshare --mount`. */
  readonly launcher?: readonly string[];
  /** Beside what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Signpost in a process of its own, as users run it; for measurements of memory and for signals. */
export class ServerProcess {
  /** The port of its first listener. */
  port = 0;
  /** Its last lines. */
  readonly output: string[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #folder: string;
  #expectations: Expectation[] = [];

  private constructor(
    corefile: string,
    nodeOptions: readonly string[],
    { launcher = [], environment = {} }: ProcessSurroundings,
  ) {
    this.#folder = mkdtempSync(join(tmpdir(), 'signpost-'));
    this.writeCorefile(corefile);
    const [program, ...words] = [...launcher, signpost, '-conf', this.#corefilePath];
    this.#child = spawn(program, words, {
      env: { ...process.env, ...environment, NODE_OPTIONS: nodeOptions.join(' ') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface(stream).on('line', (line) => this.#noticed(line));
    }
  }

  /** Starts a server, and resolves once it serves. Its first listener may be on port 0. */
  static async start(
    corefile: string,
    nodeOptions: readonly string[] = [],
    surroundings: ProcessSurroundings = {},
  ): Promise<ServerProcess> {
    const server = new ServerProcess(corefile, nodeOptions, surroundings);
    const announced = /^\S*:(\d+)( on \S+)?$/;
    const ended = once(server.#child, 'exit').then(() => undefined);
    const line = await Promise.race([server.line((text) => announced.test(text)), ended]);
    if (line === undefined) throw new Error(`the server did not start:\n${server.output.join('\n')}`);
    server.port = Number(announced.exec(line)![1]);
    return server;
  }

  /** Whether it still runs. */
  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resident memory now, in bytes (Linux). */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
  }

  /** The next line of its output that matches. */
  line(matches: (line: string) => boolean): Promise<string> {
    return new Promise((resolve) => this.#expectations.push({ matches, resolve }));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Replaces the Corefile; the process is not told. */
  writeCorefile(text: string): void {
    writeFileSync(this.#corefilePath, text);
  }

  /** Asks it to end; resolves with its exit code. */
  stop(): Promise<number | null> {
    if (this.alive) this.signal('SIGTERM');
    return this.ended();
  }

  /** Resolves with its exit code once it has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.alive) await once(this.#child, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#child.exitCode;
  }

  get #corefilePath(): string {
    return join(this.#folder, 'Corefile');
  }

  #noticed(line: string): void {
    if (this.output.push(line) > KEPT_LINES) this.output.shift();
    const met = this.#expectations.filter((expectation) => expectation.matches(line));
    this.#expectations = this.#expectations.filter((expectation) => !met.includes(expectation));
    for (const expectation of met) expectation.resolve(line);
  }
}

/** The sum of the lines of a metric, as the prometheus plugin on a port shows them, whose labels match. */
export async function sumOfMetric(port: number, name: string, labels = /^/): Promise<number> {
  const { body } = await httpGet(port, '/metrics');
  const lines = body.split('\n').filter((line) => line.startsWith(name) && '{ '.includes(line[name.length]!));
  const matching = lines.filter((line) => labels.test(line));
  return matching.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** A TCP port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
