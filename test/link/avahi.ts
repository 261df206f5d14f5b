import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Host } from './lan.ts';

/** A service that Avahi offers. */
export interface AvahiService {
  readonly name: string;
  /** `_http._tcp`. */
  readonly type: string;
  readonly port: number;
  readonly text?: readonly string[];
}

/** A real avahi-daemon on a host, with a message bus of its own for avahi-browse and avahi-resolve. */
export class Avahi implements AsyncDisposable {
  readonly output: string[] = [];
  readonly #host: Host;
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];

  private constructor(host: Host, folder: string) {
    this.#host = host;
    this.#folder = folder;
  }

  /** Starts it, and resolves once it has its host name. */
  static async start(host: Host, hostName: string, services: readonly AvahiService[] = []): Promise<Avahi> {
    const folder = mkdtempSync(join(tmpdir(), 'signpost-avahi-'));
    const avahi = new Avahi(host, folder);
    avahi.#furnish(hostName, services);
    await avahi.#spawn(
      ['dbus-daemon', `--config-file=${folder}/bus.conf`, '--nofork', '--print-address'],
      /unix:/,
    );
    // Its folders are this one's, in a mount namespace that `ip netns exec` makes: nothing of the machine is touched.
    const script = `mount --bind ${folder}/etc /etc/avahi && mount -t tmpfs tmpfs /run && exec "$@"`;
    const daemon = ['avahi-daemon', '--no-drop-root', '--no-chroot', '--no-rlimits'];
    await avahi.#spawn(['sh', '-c', script, 'sh', ...daemon], /Server startup complete/);
    return avahi;
  }

  /** What avahi-browse finds of a type, resolved: lines of its `-p` output that begin with `=`. */
  browse(type: string): string[] {
    const printed = this.#run('avahi-browse', '-p', '-r', '-t', type);
    return printed.split('\n').filter((line) => line.startsWith('='));
  }

  /** The lines that an avahi-browse of a type prints from now on: `+` found, `=` resolved, `-` gone. */
  follow(type: string): { readonly lines: readonly string[]; stop(): void } {
    const [program, ...rest] = [...this.#host.launcher, 'avahi-browse', '-p', '-r', type];
    const child = spawn(program, rest, { env: this.#environment, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    return { lines, stop: () => void child.kill() };
  }

  /** The address that avahi-resolve finds for a name; undefined: none. */
  resolve(name: string): string | undefined {
    return this.#run('avahi-resolve', '-4', '-n', name).split('\t')[1]?.trim();
  }

  /** Stops it as an operator does: it says goodbye. */
  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Ends it without a word. */
  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${this.#folder}/bus` };
  }

  #furnish(hostName: string, services: readonly AvahiService[]): void {
    const folder = this.#folder;
    mkdirSync(join(folder, 'etc', 'services'), { recursive: true });
    writeFileSync(join(folder, 'bus.conf'), busConfiguration(`${folder}/bus`));
    writeFileSync(join(folder, 'etc', 'avahi-daemon.conf'), `[server]\nhost-name=${hostName}\n`);
    for (const [index, service] of services.entries()) {
      writeFileSync(join(folder, 'etc', 'services', `${index}.service`), serviceFile(service));
    }
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

  #run(...words: readonly string[]): string {
    const [program, ...rest] = [...this.#host.launcher, ...words];
    return spawnSync(program!, rest, { env: this.#environment, encoding: 'utf8', timeout: 10_000 }).stdout;
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

function serviceFile({ name, type, port, text = [] }: AvahiService): string {
  const records = text.map((each) => `<txt-record>${each}</txt-record>`).join('');
  return `<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>${name}</name><service><type>${type}</type><port>${port}</port>${records}</service></service-group>
`;
}
