import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostPrograms } from './host-programs.ts';
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
  readonly #programs: HostPrograms;

  private constructor(programs: HostPrograms) {
    this.#programs = programs;
  }

  /** Starts it, and resolves once it has its host name. */
  static async start(host: Host, hostName: string, services: readonly AvahiService[] = []): Promise<Avahi> {
    const programs = new HostPrograms(host, 'avahi');
    furnish(programs.folder, hostName, services);
    // Its folders are this one's, in a mount namespace that `ip netns exec` makes: nothing of the machine is touched.
    const script = `mount --bind ${programs.folder}/etc /etc/avahi && mount -t tmpfs tmpfs /run && exec "$@"`;
    const daemon = ['avahi-daemon', '--no-drop-root', '--no-chroot', '--no-rlimits'];
    await programs.start(['sh', '-c', script, 'sh', ...daemon], /Server startup complete/);
    return new Avahi(programs);
  }

  /** What it has logged. */
  get output(): readonly string[] {
    return this.#programs.output;
  }

  /** The name that it took: `laptop.local`. */
  get hostName(): string | undefined {
    return this.output.map((line) => / Host name is (.*\.local)\. /.exec(line)?.[1]).findLast((name) => name);
  }

  /** What avahi-browse finds of a type, resolved: lines of its `-p` output that begin with `=`. */
  browse(type: string): string[] {
    const printed = this.#programs.run('avahi-browse', '-p', '-r', '-t', type);
    return printed.split('\n').filter((line) => line.startsWith('='));
  }

  /** The lines that an avahi-browse of a type prints from now on: `+` found, `=` resolved, `-` gone. */
  follow(type: string): { readonly lines: readonly string[]; stop(): void } {
    return this.#programs.follow('avahi-browse', '-p', '-r', type);
  }

  /** The address that avahi-resolve finds for a name; undefined: none. */
  resolve(name: string): string | undefined {
    return this.#programs.run('avahi-resolve', '-4', '-n', name).split('\t')[1]?.trim();
  }

  /** Stops it as an operator does: it says goodbye. */
  stop(): Promise<void> {
    return this.#programs.stop();
  }

  /** Ends it without a word. */
  kill(): void {
    this.#programs.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function furnish(folder: string, hostName: string, services: readonly AvahiService[]): void {
  mkdirSync(join(folder, 'etc', 'services'), { recursive: true });
  writeFileSync(join(folder, 'etc', 'avahi-daemon.conf'), `[server]\nhost-name=${hostName}\n`);
  for (const [index, service] of services.entries()) {
    writeFileSync(join(folder, 'etc', 'services', `${index}.service`), serviceFile(service));
  }
}

function serviceFile({ name, type, port, text = [] }: AvahiService): string {
  const records = text.map((each) => `<txt-record>${each}</txt-record>`).join('');
  return `<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>${name}</name><service><type>${type}</type><port>${port}</port>${records}</service></service-group>
`;
}
