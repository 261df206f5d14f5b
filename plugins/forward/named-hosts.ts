import { existsSync } from 'node:fs';
import type { Controller } from '../../src/plugin/controller.ts';
import { HostName } from '../../src/upstream/host-name.ts';
import { NameServers } from '../../src/upstream/name-servers.ts';
import { SystemNames } from '../../src/upstream/system-names.ts';
import { UpstreamError } from '../../src/upstream/upstream-error.ts';
import { endpointName } from '../../src/upstream/endpoint.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import type { LineOptions, Target } from './options.ts';
import { parseHost } from './target.ts';

/**
 * The hosts that a line's TOs name. Lines, and configurations one after the other, share what is known of a host that
 * they look up in the same way, so that a reload does not begin with nothing.
 */
export class NamedHosts {
  readonly #hosts: readonly HostName[];

  constructor(options: LineOptions, controller: Controller) {
    const names = options.targets.filter((target) => target.kind === 'host').map(({ host }) => host);
    this.#hosts = [...new Set(names)].map((host) => sharedHost(host, options, controller));
  }

  /** Whether no TO names a host. */
  get isEmpty(): boolean {
    return this.#hosts.length === 0;
  }

  /** What is known now, IP addresses in text. */
  addressesOf(host: string): readonly string[] {
    return this.#hosts.find(({ name }) => name === host)?.addresses ?? [];
  }

  /** Has the addresses looked up from now on. Returns how to be told no more when they change. */
  follow(changed: () => void): () => void {
    const ends = this.#hosts.map((host) => host.follow(changed));
    for (const host of this.#hosts) host.start();
    return () => {
      for (const end of ends) end();
    };
  }

  /** Resolves when some host has an address, or all have been asked for in vain; after two seconds at the latest. */
  get first(): Promise<unknown> {
    return Promise.any(this.#hosts.map((host) => firstAddress(host))).catch(() => undefined);
  }

  /** Why there is no upstream, with the code for Extended DNS Errors; undefined when it is not for lack of a host. */
  get failure(): { readonly error: Error; readonly code: number } | undefined {
    const host = this.#hosts.find(({ addresses }) => addresses.length === 0);
    if (host === undefined) return undefined;
    const reason = host.error;
    const isNetwork = reason instanceof UpstreamError && reason.kind !== 'timeout';
    return {
      error: new Error(`no address of ${host.name} is known: ${reason?.message ?? 'it is being looked up'}`),
      code: isNetwork ? ExtendedErrorCode.NetworkError : ExtendedErrorCode.NoReachableAuthority,
    };
  }
}

async function firstAddress(host: HostName): Promise<void> {
  await host.first;
  if (host.addresses.length === 0) throw new Error('it has none');
}

function sharedHost(
  host: string,
  { resolvers, sourceAddress }: LineOptions,
  controller: Controller,
): HostName {
  const { clock, random, log } = controller;
  const servers = resolvers.map(({ address, port }) => endpointName(address, port));
  return controller.share(`forward/host ${host} ${sourceAddress ?? ''} ${servers.join()}`, () => {
    const surroundings = { clock, random, sourceAddress };
    const lookup =
      resolvers.length > 0 ? new NameServers(resolvers, surroundings) : new SystemNames(surroundings);
    return new HostName(host, lookup, { clock, random, log });
  });
}

/**
 * The line with those of its files that are none as hosts. A file that is named by its path may come yet.
 * @throws CorefileError for what is neither
 */
export function withHosts(options: LineOptions): LineOptions {
  const targets = options.targets.map((target): Target => {
    if (target.kind !== 'file' || target.path.includes('/') || existsSync(target.path)) return target;
    return parseHost(target.path, options.position);
  });
  return { ...options, targets };
}
