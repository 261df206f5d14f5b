import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { ListenAddresses } from '../../src/plugin/capability.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { endpointName } from '../../src/upstream/endpoint.ts';
import { parseResolvConf } from '../../src/upstream/resolv-conf.ts';
import type { NamedHosts } from './named-hosts.ts';
import type { EncryptedTarget, HostTarget, LineOptions, Target } from './options.ts';

/** Where one upstream is. */
export interface UpstreamAddress {
  readonly address: string;
  readonly port: number;
  /** The file that names it; undefined: the Corefile does. */
  readonly file?: string;
  /** Undefined: plain UDP and TCP. */
  readonly encrypted?: EncryptedTarget;
}

/** Tells upstreams apart: the same address is another upstream when its certificate must be for another name. */
export function upstreamKey({ address, port, encrypted }: UpstreamAddress): string {
  const name = endpointName(address, port);
  return encrypted === undefined ? name : `${encrypted.scheme}://${name}%${encrypted.serverName ?? ''}`;
}

/**
 * The addresses that a line's TOs stand for, each once. A file without servers costs a warning, never the start: a
 * machine may come up before its network. When it had some before, these stay: it may be half written.
 */
export class LineAddresses {
  readonly #options: LineOptions;
  readonly #controller: Controller;
  readonly #hosts: NamedHosts;
  /** What each file named when it last named any. */
  readonly #files = new Map<string, readonly UpstreamAddress[]>();
  #current: readonly UpstreamAddress[] = [];

  constructor(options: LineOptions, controller: Controller, hosts: NamedHosts) {
    this.#options = options;
    this.#controller = controller;
    this.#hosts = hosts;
    this.refresh();
    if (this.#current.length === 0 && hosts.isEmpty) {
      controller.log.warning(`no upstream for '${options.from}': its queries are answered with SERVFAIL`);
    }
  }

  /** As of the last look at files and hosts. */
  get current(): readonly UpstreamAddress[] {
    return this.#current;
  }

  /** Reads the files again, and takes over what is known of hosts. Says whether the addresses are other ones now. */
  refresh(): boolean {
    const found = new Map<string, UpstreamAddress>();
    for (const target of this.#options.targets) {
      for (const upstream of this.#of(target))
        found.set(endpointName(upstream.address, upstream.port), upstream);
    }
    const before = this.#current;
    this.#current = [...found.values()];
    return (
      before.length !== this.#current.length ||
      before.some((upstream, index) => upstreamKey(upstream) !== upstreamKey(this.#current[index]!))
    );
  }

  #of(target: Target): readonly UpstreamAddress[] {
    if (target.kind === 'address') return [target];
    return target.kind === 'file' ? this.#ofFile(target.path) : this.#ofHost(target);
  }

  #ofHost({ host, port, encrypted }: HostTarget): readonly UpstreamAddress[] {
    const serverName = encrypted?.serverName ?? this.#options.encryption.serverName ?? host;
    return this.#hosts
      .addressesOf(host)
      .map((address) => ({
        address,
        port,
        ...(encrypted === undefined ? {} : { encrypted: { ...encrypted, serverName } }),
      }))
      .filter((upstream) => !this.#isSelf(upstream, host));
  }

  #ofFile(path: string): readonly UpstreamAddress[] {
    const addresses = this.#fileAddresses(path);
    if (addresses.length === 0) return this.#files.get(path) ?? [];
    this.#files.set(path, addresses);
    return addresses;
  }

  #fileAddresses(path: string): UpstreamAddress[] {
    const { log } = this.#controller;
    const text = read(path, log);
    if (text === undefined) return [];
    const { servers, invalid } = parseResolvConf(text);
    for (const word of invalid) log.warning(`${path}: nameserver '${word}' is not an IP address`);
    if (servers.length === 0) log.warning(`${path} names no server`);
    return servers
      .map((server) => ({ ...server, file: path }))
      .filter((upstream) => !this.#isSelf(upstream, path));
  }

  #isSelf(upstream: UpstreamAddress, source: string): boolean {
    const own = isOwn(upstream, this.#controller);
    if (own)
      this.#controller.log.warning(`${source}: ${upstream.address} is this server itself, it is left out`);
    return own;
  }
}

function read(path: string, log: Logger): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    log.warning(`cannot read ${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
    return undefined;
  }
}

/** Whether this server block listens there: it would ask itself, again and again. */
function isOwn({ address, port, encrypted }: UpstreamAddress, controller: Controller): boolean {
  const scheme = encrypted?.scheme ?? 'dns';
  if (!controller.block.keys.some((key) => key.scheme === scheme && key.port === port)) return false;
  const bound = controller.ask(ListenAddresses);
  if (bound !== undefined) return bound.includes(address);
  if (address.startsWith('127.') || address === '::1') return true;
  return Object.values(networkInterfaces()).some((entries) =>
    entries?.some((entry) => entry.address === address),
  );
}
