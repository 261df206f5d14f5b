import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Host } from './lan.ts';

/** Daemons on a host, with a message bus of their own and a folder for their files. */
export class HostPrograms {
  readonly output: string[] = [];
  readonly folder: string;
  readonly #host: Host;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #children: ChildProcess[] = [];

  constructor(host: Host, name: string) {
    this.#host = host;
    this.folder = mkdtempSync(join(tmpdir(), `signpost-${name}-`));
    this.#environment = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${this.folder}/bus` };
  }

  /** Starts the bus, then the daemon as the words say, and resolves once it has printed something like `started`. */
  async start(words: readonly string[], started: RegExp, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    Object.assign(this.#environment, environment);
    const configuration = join(this.folder, 'bus.conf');
    writeFileSync(configuration, busConfiguration(`${this.folder}/bus`));
    await this.#spawn(
      ['dbus-daemon', `--config-file=${configuration}`, '--nofork', '--print-address'],
      /unix:/,
    );
    await this.#spawn(words, started);
  }

  /** Runs a client of the daemon, and returns what it prints. */
  run(...words: readonly string[]): string {
    const [program, ...rest] = [...this.#host.launcher, ...words];
    return spawnSync(program!, rest, { env: this.#environment, encoding: 'utf8', timeout: 60_000 }).stdout;
  }

  /** The lines that a client prints from now on. */
  follow(...words: readonly string[]): { readonly lines: readonly string[]; stop(): void } {
    const [program, ...rest] = [...this.#host.launcher, ...words];
    const child = spawn(program!, rest, { env: this.#environment, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    return { lines, stop: () => void child.kill() };
  }

  /** Stops them as an operator does. */
  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends them without a word. */
  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  async #spawn(words: readonly string[], started: RegExp): Promise<void> {
    const [program, ...rest] = [...this.#host.launcher, ...words];
    const child = spawn(program!, rest, { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        this.output.push(line);
        if (started.test(line)) resolve();
      });
    }
    child.once('exit', () => reject(new Error(`${words[0]} ended:\n${this.output.join('\n')}`)));
    await promise;
  }
}

function busConfiguration(path: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${path}</listen>
  <policy context="default">
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`;
}
