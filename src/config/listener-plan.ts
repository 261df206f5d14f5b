import { CorefileError } from '../corefile/corefile.ts';
import type { ZoneKey } from '../corefile/zone.ts';
import type { BlockInfo, Next } from '../plugin/plugin.ts';
import type { Permission } from '../wire-cache/repeatability.ts';
import type { Route } from '../server/routes.ts';

/** A server block after setup, as the listeners need it. */
export interface ServedBlock {
  readonly info: BlockInfo;
  readonly chain: Next | undefined;
  /** Names of the plugins in the chain. */
  readonly handlers: readonly string[];
  /** Sockets for UDP on each address, from `multisocket`; undefined: one. */
  readonly sockets: number | undefined;
  /** IP addresses from `bind`; undefined: all. */
  readonly addresses: readonly string[] | undefined;
  readonly debug: boolean;
  readonly otherClasses: boolean;
  readonly stackTraces: boolean;
  /** Whether its replies may be given again without asking its plugins. */
  readonly permission: Permission;
}

/** One address and port, and what is served there. */
export interface ListenerPlan {
  /** Metric label: `dns://127.0.0.1:53`. */
  readonly server: string;
  /** '' for all addresses. */
  readonly address: string;
  readonly port: number;
  /** How many sockets share the clients of UDP: what the first block on the address says. */
  readonly sockets: number;
  readonly routes: readonly Route[];
  readonly blocks: readonly ServedBlock[];
}

/**
 * Which addresses to listen on, and for which zones.
 * @throws CorefileError when two blocks serve the same zone on the same address, or a scheme is not served yet
 */
export function planListeners(blocks: readonly ServedBlock[]): ListenerPlan[] {
  const plans = new Map<string, { plan: ListenerPlan; routes: Route[]; blocks: Set<ServedBlock> }>();
  const seen = new SeenZones();
  for (const block of blocks) {
    for (const key of block.info.keys) {
      requirePlain(block.info, key);
      for (const address of block.addresses ?? ['']) {
        seen.add(block.info, key, address);
        const server = serverLabel(key.scheme, address, key.port);
        let entry = plans.get(server);
        if (entry === undefined) {
          const routes: Route[] = [];
          const served = new Set<ServedBlock>();
          const plan = { server, address, port: key.port, sockets: block.sockets ?? 1, routes, blocks: [] };
          entry = { plan, routes, blocks: served };
          plans.set(server, entry);
        }
        entry.routes.push({ zone: key.zone, chain: block.chain });
        entry.blocks.add(block);
      }
    }
  }
  return [...plans.values()].map((entry) => ({ ...entry.plan, blocks: [...entry.blocks] }));
}

/** `dns://:53`, `dns://127.0.0.1:53`, `dns://[::1]:53`. */
export function serverLabel(scheme: string, address: string, port: number): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Finds zones that are served twice. */
class SeenZones {
  readonly #places = new Set<string>();
  readonly #bound = new Map<string, boolean>();

  add(info: BlockInfo, key: ZoneKey, address: string): void {
    const zone = key.toString();
    const place = `${zone} ${address}`;
    if (this.#places.has(place)) {
      throw new CorefileError(info, `cannot serve ${zone} - it is already defined`);
    }
    this.#places.add(place);
    const bound = address !== '';
    if ((this.#bound.get(zone) ?? bound) !== bound) {
      const message = `cannot serve ${zone} - once with 'bind' and once without: the listen addresses overlap`;
      throw new CorefileError(info, message);
    }
    this.#bound.set(zone, bound);
  }
}

function requirePlain(info: BlockInfo, key: ZoneKey): void {
  if (key.scheme === 'dns') return;
  throw new CorefileError(
    info,
    `cannot serve ${key.toString()}: ${key.scheme}:// is not in this version of Signpost yet`,
  );
}
