import type { Corefile } from '../corefile/corefile.ts';
import { Debug, ListenAddresses, OtherClasses, SocketCount, StackTraces } from '../plugin/capability.ts';
import type { Capability } from '../plugin/capability.ts';
import { linkChain } from '../plugin/chain.ts';
import type { Clock } from '../plugin/clock.ts';
import { pluginOrder } from '../plugin/order.ts';
import type { AnyPlugin, Handler } from '../plugin/plugin.ts';
import { BlockController, Hooks, Offers } from './block-controller.ts';
import type { Hook, Surroundings } from './block-controller.ts';
import { permissionOf } from '../wire-cache/repeatability.ts';
import { planListeners } from './listener-plan.ts';
import type { ListenerPlan, ServedBlock } from './listener-plan.ts';
import { blame, blaming, readBlocks } from './read-blocks.ts';
import type { ReadBlock } from './read-blocks.ts';
import type { Lease } from './shared-resources.ts';

/** A plugin's handler in one server block. */
export interface NamedHandler {
  readonly name: string;
  readonly handler: Handler;
}

/** A server block that is being set up. */
interface BlockSetup {
  readonly block: ReadBlock;
  readonly offers: Offers;
  readonly handlers: NamedHandler[];
}

/** What the plugins of one configuration leave behind. */
interface Scope {
  readonly surroundings: Surroundings;
  readonly hooks: Hooks;
  readonly offers: Offers;
  readonly lease: Lease;
}

/**
 * One Corefile brought to life: its plugins set up, its chains linked. Made beside the configuration that serves,
 * so that a broken Corefile costs nothing.
 */
export class Configuration {
  readonly corefile: Corefile;
  readonly listeners: readonly ListenerPlan[];
  /** By server block, in Corefile and chain order. */
  readonly handlers: readonly (readonly NamedHandler[])[];
  readonly #scope: Scope;
  #finalShutdown: Promise<void> | undefined;
  #ended = false;

  private constructor(corefile: Corefile, setups: readonly BlockSetup[], scope: Scope) {
    this.corefile = corefile;
    this.handlers = setups.map((setup) => setup.handlers);
    this.listeners = planListeners(setups.map((setup) => servedBlock(setup, scope.surroundings.clock)));
    this.#scope = scope;
  }

  /**
   * Sets up everything that a Corefile asks for. Opens no listener; what takes time is left to `start`.
   * @throws CorefileError naming the line; what had been set up is undone
   */
  static async create(
    corefile: Corefile,
    plugins: ReadonlyMap<string, AnyPlugin>,
    surroundings: Surroundings,
    lease: Lease,
  ): Promise<Configuration> {
    const scope: Scope = { surroundings, hooks: new Hooks(), offers: new Offers(), lease };
    try {
      const setups = readBlocks(corefile, plugins).map((block): BlockSetup => ({
        block,
        offers: new Offers(),
        handlers: [],
      }));
      for (const name of pluginOrder) for (const setup of setups) setUp(name, setup, scope);
      return new Configuration(corefile, setups, scope);
    } catch (error) {
      await undo(scope);
      throw error;
    }
  }

  /** What the plugins offered to all blocks. */
  offered<T>(capability: Capability<T>): readonly T[] {
    return this.#scope.offers.all(capability);
  }

  /** Starts the plugins. A rejection means that this configuration cannot serve; everything is undone then. */
  async start(): Promise<void> {
    try {
      for (const begin of this.#scope.hooks.begin) begin();
      for (const start of this.#scope.hooks.start) await start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** The process is to end, while everything still answers: once. */
  finalShutdown(): Promise<void> {
    return (this.#finalShutdown ??= runAll(this.#scope.hooks.finalShutdown, this.#scope));
  }

  /** Ends the configuration. Twice is harmless. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await undo(this.#scope);
  }
}

function setUp(name: string, setup: BlockSetup, scope: Scope): void {
  const read = setup.block.plugins.find(({ plugin }) => plugin.name === name);
  if (read === undefined) return;
  const { plugin, options, directive } = read;
  const { start } = scope.hooks;
  const started = start.length;
  const controller = new BlockController(name, setup.block.info, scope.surroundings, {
    hooks: scope.hooks,
    blockOffers: setup.offers,
    allOffers: scope.offers,
    lease: scope.lease,
  });
  const handler = blaming(plugin, directive, () => plugin.setup(options, controller));
  if (handler !== undefined) setup.handlers.push({ name, handler });
  for (let index = started; index < start.length; index++) {
    const action = start[index]!;
    start[index] = async () => {
      try {
        await action();
      } catch (error) {
        throw blame(plugin, directive, error);
      }
    };
  }
}

function servedBlock({ block, offers, handlers }: BlockSetup, clock: Clock): ServedBlock {
  const offered = (capability: Capability<true>): boolean => offers.all(capability).length > 0;
  return {
    info: block.info,
    chain:
      handlers.length === 0
        ? undefined
        : linkChain(
            handlers.map(({ handler }) => handler),
            clock,
          ),
    handlers: handlers.map(({ name }) => name),
    addresses: offers.all(ListenAddresses).at(-1),
    sockets: offers.all(SocketCount).at(-1),
    debug: offered(Debug),
    otherClasses: offered(OtherClasses),
    stackTraces: offered(StackTraces),
    permission: permissionOf(handlers),
  };
}

async function undo(scope: Scope): Promise<void> {
  await runAll([...scope.hooks.stop, () => scope.lease.release()], scope);
}

/** Runs callbacks one after the other. One that fails is logged and does not keep the others from running. */
async function runAll(hooks: readonly Hook[], scope: Scope): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      scope.surroundings.log.error(error instanceof Error ? error.message : String(error));
    }
  }
}
