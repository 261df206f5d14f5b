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
  /** Undefined: plain UDP and TCP. */
  readonly encrypted?: EncryptedTarget;
}

/**
 * The addresses that a line's TOs stand for, each once. A file without servers costs a warning, never the start: a
 * machine may come up before its network.
 * @throws CorefileError for a host name
 */
export function addressesOf(options: LineOptions, controller: Controller): UpstreamAddress[] {
  const found = new Map<string, UpstreamAddress>();
  for (const target of options.targets) {
    const upstreams: readonly UpstreamAddress[] =
      target.kind === 'address' ? [target] : fileAddresses(target.path, options, controller);
    for (const upstream of upstreams) found.set(endpointName(upstream.address, upstream.port), upstream);
  }
  if (found.size === 0) {
    controller.log.warning(`no upstream for '${options.from}': its queries are answered with SERVFAIL`);
  }
  return [...found.values()];
}

function fileAddresses(path: string, options: LineOptions, controller: Controller): UpstreamAddress[] {
  const text = read(path, options, controller);
  if (text === undefined) return [];
  const { nameservers, invalid } = parseResolvConf(text);
  for (const word of invalid) controller.log.warning(`${path}: nameserver '${word}' is not an IP address`);
  if (nameservers.length === 0) controller.log.warning(`${path} names no server`);
  return nameservers
    .map((address) => ({ address, port: 53 }))
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
