import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../kit/until.ts';
import type { AvahiService } from './avahi.ts';
import { HostPrograms } from './host-programs.ts';
import type { Host } from './lan.ts';

/**
 * Where systemd-resolved may be: installed, or unpacked there by `.ci/run`. Debian's package takes over
 * /etc/resolv.conf when it is installed, which no test should do to a machine.
 */
const PLACES = ['/', join(import.meta.dirname, '..', '..', '.cache', 'debian', 'systemd-resolved')];
const DAEMONS = ['usr/lib/systemd/systemd-resolved', 'lib/systemd/systemd-resolved'];

/** The folder under which systemd-resolved is, and the daemon; undefined: it is not here. */
export function findResolved(): { readonly folder: string; readonly daemon: string } | undefined {
  for (const folder of PLACES) {
    for (const daemon of DAEMONS)
      if (existsSync(join(folder, daemon))) return { folder, daemon: join(folder, daemon) };
  }
  return undefined;
}

/** A real systemd-resolved on a host, with multicast DNS on its `eth0` and a message bus of its own for resolvectl. */
export class Resolved implements AsyncDisposable {
  readonly #programs: HostPrograms;
  readonly #tool: string;

  private constructor(programs: HostPrograms, tool: string) {
    this.#programs = programs;
    this.#tool = tool;
  }

  /** Starts it, and resolves once the host has its name. @param host with a name of its own */
  static async start(host: Host, services: readonly AvahiService[] = []): Promise<Resolved> {
    const { folder, daemon } = findResolved()!;
    const programs = new HostPrograms(host, 'resolved');
    furnish(programs.folder, services);
    // It would become another user, of whom neither the machine nor the bus knows: here that one is root.
    const script = `mount -t tmpfs tmpfs /run && cp -r ${programs.folder}/run/* /run &&
      mkdir /run/systemd/resolve && { cat /etc/passwd; echo systemd-resolve:x:0:0::/:/bin/false; } >/run/passwd &&
      mount --bind /run/passwd /etc/passwd && exec "$@"`;
    const libraries = ['x86_64', 'aarch64'].map((machine) =>
      join(folder, `usr/lib/${machine}-linux-gnu/systemd`),
    );
    const environment = {
      LD_LIBRARY_PATH: libraries.join(':'),
      SYSTEMD_LOG_LEVEL: 'debug',
      SYSTEMD_LOG_TARGET: 'console',
    };
    await programs.start(['sh', '-c', script, 'sh', daemon], /→ RUNNING/, environment);
    const resolved = new Resolved(programs, join(folder, 'usr/bin/resolvectl'));
    resolved.#control('mdns', 'eth0', 'yes');
    await until(() => resolved.output.some((line) => line.includes('successfully probed')));
    return resolved;
  }

  /** What it has logged. */
  get output(): readonly string[] {
    return this.#programs.output;
  }

  /** What it says of names that others want, too. */
  get conflicts(): string[] {
    return this.output.filter((line) => /conflict/i.test(line) && !line.startsWith('Checking'));
  }

  /** The data of the records that it finds on the link, as resolvectl shows them. */
  query(name: string, type: string): string[] {
    const printed = this.#control('query', '--legend=no', '--protocol=mdns', `--type=${type}`, name);
    return printed
      .split('\n')
      .filter((line) => line.includes(` IN ${type} `))
      .map((line) => line.split(` IN ${type} `)[1]!.split(/ +-- /)[0]!);
  }

  stop(): Promise<void> {
    return this.#programs.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #control(...words: readonly string[]): string {
    // It waits longer than a packet that was lost is worth: whoever asks again is answered from what came meanwhile.
    return this.#programs.run('timeout', '3', this.#tool, ...words);
  }
}

function furnish(folder: string, services: readonly AvahiService[]): void {
  const systemd = join(folder, 'run', 'systemd');
  mkdirSync(join(systemd, 'resolved.conf.d'), { recursive: true });
  mkdirSync(join(systemd, 'dnssd'));
  const settings = ['MulticastDNS=yes', 'LLMNR=no', 'DNS=127.0.0.1', 'DNSStubListener=no', 'ReadEtcHosts=no'];
  writeFileSync(join(systemd, 'resolved.conf.d', 'test.conf'), `[Resolve]\n${settings.join('\n')}\n`);
  for (const { name, type, port } of services) {
    const lines = ['[Service]', `Name=${name}`, `Type=${type}`, `Port=${port}`];
    writeFileSync(join(systemd, 'dnssd', `${name}.dnssd`), `${lines.join('\n')}\n`);
  }
}
