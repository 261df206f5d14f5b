import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { ListenAddresses } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { endpointName } from '../../src/upstream/endpoint.ts';
import { parseResolvConf } from '../../src/upstream/resolv-conf.ts';
import type { EncryptedTarget, LineOptions } from './options.ts';
import { hostNameError } from './target.ts';

/** Where one upstream is. */
export interface UpstreamAddress {
  readonly address: string;
  readonly port: number;
  /** The file that names it; undefined: the Corefile does. */
  readonly file?: string;
  /** Undefined: plain UDP and TCP. */
  readonly encrypted?: EncryptedTarget;
}

/**
 * The addresses that a line's TOs stand for, each once. A file without servers costs a warning, never the start: a
 * machine may come up before its network. When it had some before, these stay: it may be half written.
 */
export class LineAddresses {
  readonly #options: LineOptions;
  readonly #controller: Controller;
  /** What each file named when it last named any. */
  readonly #files = new Map<string, readonly UpstreamAddress[]>();
  #current: readonly UpstreamAddress[] = [];

  /** @throws CorefileError for a host name */
  constructor(options: LineOptions, controller: Controller) {
    this.#options = options;
    this.#controller = controller;
    this.refresh();
    if (this.#current.length === 0) {
      controller.log.warning(`no upstream for '${options.from}': its queries are answered with SERVFAIL`);
    }
  }

  /** As of the last look at the files. */
  get current(): readonly UpstreamAddress[] {
    return this.#current;
  }

  /** Reads the files again. Says whether the addresses are other ones now. */
  refresh(): boolean {
    const found = new Map<string, UpstreamAddress>();
    for (const target of this.#options.targets) {
      const upstreams: readonly UpstreamAddress[] =
        target.kind === 'address' ? [target] : this.#ofFile(target.path);
      for (const upstream of upstreams) found.set(endpointName(upstream.address, upstream.port), upstream);
    }
    const before = this.#current;
    this.#current = [...found.values()];
    return (
      before.length !== this.#current.length ||
      before.some(({ address, port }, index) => {
        const now = this.#current[index]!;
        return now.address !== address || now.port !== port;
      })
    );
  }

  #ofFile(path: string): readonly UpstreamAddress[] {
    const addresses = fileAddresses(path, this.#options, this.#controller);
    if (addresses.length === 0) return this.#files.get(path) ?? [];
    this.#files.set(path, addresses);
    return addresses;
  }
}

function fileAddresses(path: string, options: LineOptions, controller: Controller): UpstreamAddress[] {
  const text = read(path, options, controller);
  if (text === undefined) return [];
  const { servers, invalid } = parseResolvConf(text);
  for (const word of invalid) controller.log.warning(`${path}: nameserver '${word}' is not an IP address`);
  if (servers.length === 0) controller.log.warning(`${path} names no server`);
  return servers
    .map((server) => ({ ...server, file: path }))
    .filter((upstream) => {
      const own = isOwn(upstream, controller);
      if (own) controller.log.warning(`${path}: ${upstream.address} is this server itself, it is left out`);
      return !own;
    });
}

function read(path: string, { position }: LineOptions, { log }: Controller): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !path.includes('/')) throw hostNameError(path, position);
    log.warning(`cannot read ${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
    return undefined;
  }
}

/** Whether this server block listens there: it would ask itself, again and again. */
function isOwn({ address, port }: UpstreamAddress, controller: Controller): boolean {
  if (!controller.block.keys.some((key) => key.scheme === 'dns' && key.port === port)) return false;
  const bound = controller.ask(ListenAddresses);
  if (bound !== undefined) return bound.includes(address);
  if (address.startsWith('127.') || address === '::1') return true;
  return Object.values(networkInterfaces()).some((entries) =>
    entries?.some((entry) => entry.address === address),
  );
}
