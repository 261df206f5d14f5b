import { CorefileError } from '../corefile/corefile.ts';
import type { Logger } from '../log/logger.ts';
import type { Client } from '../server/query.ts';
import type { OpenTransports, Transport } from '../transport/transport.ts';
import type { ListenerPlan } from './listener-plan.ts';

/** Answers packets; see ListenerServer. */
export interface PacketServer {
  handle(packet: Uint8Array, client: Client): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}

/** Milliseconds that queries in hand are given when their listener goes away. */
export const GRACE_MILLISECONDS = 5_000;

/** The open sockets of the process. A reload hands them on: a socket that both configurations want never closes. */
export class Listeners {
  readonly #open = new Map<string, readonly Transport[]>();
  readonly #openTransports: OpenTransports;
  readonly #log: Logger;
  /** How many sockets share the clients of UDP. */
  readonly #sockets = new Map<string, number>();

  constructor(openTransports: OpenTransports, log: Logger) {
    this.#openTransports = openTransports;
    this.#log = log;
  }

  /** The port that a listener got; undefined when there is no such listener. */
  port(server: string): number | undefined {
    return this.#open.get(server)?.[0]?.port;
  }

  /** The transports of a listener, by name; for the line that tells what runs. */
  names(server: string): string[] {
    return (this.#open.get(server) ?? []).map((transport) => transport.name);
  }

  /**
   * Opens what a configuration needs and is not open yet, then turns every listener over to it, all in one go.
   * @throws CorefileError when a socket cannot be opened; nothing has changed then
   */
  async turnOver(
    plans: readonly ListenerPlan[],
    serverFor: (plan: ListenerPlan) => PacketServer,
  ): Promise<void> {
    const servers = plans.map((plan) => ({ plan, server: serverFor(plan) }));
    const fresh = new Map<string, readonly Transport[]>();
    try {
      for (const { plan, server } of servers) {
        if (this.#open.has(plan.server)) continue;
        const transports = await this.#openFor(plan);
        for (const transport of transports) handTo(transport, server);
        fresh.set(plan.server, transports);
      }
    } catch (error) {
      await closeAll([...fresh.values()].flat(), 0);
      throw error;
    }
    for (const [server, transports] of fresh) this.#open.set(server, transports);
    for (const { plan, server } of servers) {
      this.#noteSockets(plan, fresh.has(plan.server));
      for (const transport of this.#open.get(plan.server)!) handTo(transport, server);
    }
  }

  /** What waits in a socket would be lost with it, so as many as there are stay. */
  #noteSockets({ server, sockets }: ListenerPlan, isFresh: boolean): void {
    if (isFresh) this.#sockets.set(server, sockets);
    const open = this.#sockets.get(server);
    if (open === sockets) return;
    this.#log.warning(`${server}: multisocket ${sockets} counts after a restart; until then it is ${open}`);
  }

  async #openFor(plan: ListenerPlan): Promise<readonly Transport[]> {
    try {
      return await this.#openTransports(plan.address, plan.port, plan.server, plan.sockets);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new CorefileError(plan.blocks[0]?.info, message, { cause: error });
    }
  }

  /** From now on `query` is called for each packet, before it is answered. */
  notice(query: () => void): void {
    for (const transport of [...this.#open.values()].flat()) {
      const { handler } = transport;
      transport.handler = (packet, client) => {
        query();
        return handler(packet, client);
      };
    }
  }

  /** Closes the listeners that a configuration does not have. */
  async closeOthers(plans: readonly ListenerPlan[]): Promise<void> {
    const wanted = new Set(plans.map((plan) => plan.server));
    const closing: Transport[] = [];
    for (const [server, transports] of this.#open) {
      if (wanted.has(server)) continue;
      this.#open.delete(server);
      closing.push(...transports);
    }
    await closeAll(closing, GRACE_MILLISECONDS);
  }

  /** Answers what is pending, for some milliseconds at most, and closes everything. */
  async close(graceMilliseconds: number): Promise<void> {
    const closing = [...this.#open.values()].flat();
    this.#open.clear();
    await closeAll(closing, graceMilliseconds);
  }
}

function handTo(transport: Transport, server: PacketServer): void {
  transport.handler = (packet, client) => server.handle(packet, client);
}

async function closeAll(transports: readonly Transport[], graceMilliseconds: number): Promise<void> {
  await Promise.all(transports.map((transport) => transport.close(graceMilliseconds)));
}
