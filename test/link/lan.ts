import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { groupMemberships } from './memberships.ts';

let lans = 0;

/**
 * Links in memory: each is a bridge in a network namespace of its own, each host a namespace with a veth pair to every
 * bridge that it is on. All of it is gone when it is disposed of, and nothing leaves it.
 */
export class Lan implements Disposable {
  readonly #prefix = `signpost-${process.pid}-${lans++}`;
  readonly #namespaces: string[] = [];

  /** A new link: `home`. */
  link(name: string): Link {
    const namespace = this.#namespace(`link-${name}`);
    ip('-n', namespace, 'link', 'add', 'bridge0', 'type', 'bridge', 'mcast_snooping', '0');
    ip('-n', namespace, 'link', 'set', 'bridge0', 'up');
    return new Link(namespace);
  }

  /** The id of a process that runs on a host, as text; undefined: there is none. */
  process({ namespace }: Host): string | undefined {
    const [process = ''] = ip('netns', 'pids', namespace).split('\n');
    return process === '' ? undefined : process;
  }

  /** Which of a host's interfaces are members of the groups of mDNS, by any program: `igmp eth0`, `igmp6 eth0`. */
  memberships(host: Host): string[] {
    const process = this.process(host);
    return process === undefined ? [] : groupMemberships(process);
  }

  /** A new host, on no link yet; with a name of its own, where that matters. */
  host(name: string, hostName?: string): Host {
    const namespace = this.#namespace(name);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    return new Host(namespace, hostName);
  }

  [Symbol.dispose](): void {
    for (const namespace of this.#namespaces) ip('netns', 'del', namespace);
  }

  #namespace(name: string): string {
    const namespace = `${this.#prefix}-${name}`;
    ip('netns', 'add', namespace);
    this.#namespaces.push(namespace);
    return namespace;
  }
}

/** What hosts join. */
export class Link {
  readonly namespace: string;
  ports = 0;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** Lets nothing through between a host and the others, though both ends stay up. */
  cut(host: Host, name: string): void {
    this.#isolate(host, name, 'nomaster');
  }

  /** The same undone. */
  mend(host: Host, name: string): void {
    this.#isolate(host, name, 'master', 'bridge0');
  }

  #isolate(host: Host, name: string, ...words: readonly string[]): void {
    const [{ link_index: index }] = JSON.parse(host.ip('-j', 'link', 'show', name)) as [
      { link_index: number },
    ];
    const ports = JSON.parse(ip('-n', this.namespace, '-j', 'link')) as { ifindex: number; ifname: string }[];
    const port = ports.find(({ ifindex }) => ifindex === index)!;
    ip('-n', this.namespace, 'link', 'set', port.ifname, ...words);
  }
}

/** A machine. */
export class Host {
  readonly namespace: string;
  readonly #hostName: string | undefined;

  constructor(namespace: string, hostName?: string) {
    this.namespace = namespace;
    this.#hostName = hostName;
  }

  /** The words in front of a command that run it there. */
  get launcher(): readonly string[] {
    const words = ['ip', 'netns', 'exec', this.namespace];
    if (this.#hostName === undefined) return words;
    return [...words, 'unshare', '--uts', 'sh', '-c', `hostname ${this.#hostName} && exec "$@"`, 'sh'];
  }

  /**
   * Plugs it into a link.
   * @param name of the interface: `eth0`
   * @param address with its prefix: `10.0.0.1/24`; IPv6 has its link-local one
   */
  join(link: Link, name: string, address: string): void {
    const port = `port${link.ports++}`;
    const pair = ['type', 'veth', 'peer', 'name', port, 'netns', link.namespace];
    ip('-n', this.namespace, 'link', 'add', name, ...pair);
    ip('-n', link.namespace, 'link', 'set', port, 'master', 'bridge0', 'up');
    // An address that is being checked for duplicates cannot be sent from.
    this.setting(`net.ipv6.conf.${name}.accept_dad=0`);
    this.ip('addr', 'add', address, 'dev', name);
    this.ip('link', 'set', name, 'up');
    // Multicast needs a way out; with several links, sockets choose their own.
    this.ip('route', 'replace', '224.0.0.0/4', 'dev', name);
  }

  /** Takes an interface away. */
  remove(name: string): void {
    this.ip('link', 'del', name);
  }

  /** Runs `ip` there. */
  ip(...words: readonly string[]): string {
    return ip('-n', this.namespace, ...words);
  }

  /** Runs a command there, and returns what it prints. */
  run(...words: readonly string[]): string {
    const [program, ...rest] = [...this.launcher, ...words];
    return execFileSync(program!, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Starts a program there, and gives the lines that it prints from now on; it ends when they are disposed of. */
  lines(...words: readonly string[]): { readonly lines: readonly string[]; [Symbol.dispose](): void } {
    const [program, ...rest] = [...this.launcher, ...words];
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    return { lines, [Symbol.dispose]: () => void child.kill() };
  }

  /** A setting of its kernel: `net.ipv6.conf.eth0.disable_ipv6=1`. */
  setting(setting: string): void {
    const [name, value] = setting.split('=') as [string, string];
    this.run('sh', '-c', 'echo "$1" >"$2"', 'sh', value, `/proc/sys/${name.replaceAll('.', '/')}`);
  }
}

function ip(...words: readonly string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
