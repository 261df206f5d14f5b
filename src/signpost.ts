import { Configuration } from './config/configuration.ts';
import { CorefileWatch } from './config/corefile-watch.ts';
import { drain } from './config/drain.ts';
import { GRACE_MILLISECONDS, Listeners } from './config/listeners.ts';
import type { Surroundings } from './config/block-controller.ts';
import type { DataPlane } from './data-plane/data-plane.ts';
import type { ListenerPlan } from './config/listener-plan.ts';
import { SharedResources } from './config/shared-resources.ts';
import { corefileHash } from './corefile/load.ts';
import type { Corefile } from './corefile/corefile.ts';
import { serverMetrics } from './metrics/server-metrics.ts';
import { ReloadInterval } from './plugin/capability.ts';
import type { AnyPlugin } from './plugin/plugin.ts';
import { ListenerServer } from './server/listener-server.ts';
import { Routes } from './server/routes.ts';
import type { OpenTransports } from './transport/transport.ts';

/** What a Signpost is made of. */
export interface SignpostParts {
  readonly surroundings: Surroundings;
  readonly plugins: ReadonlyMap<string, AnyPlugin>;
  /** Finds, reads and parses the Corefile, at start and at each reload. Throws CorefileError. */
  load(): Corefile;
  readonly openTransports: OpenTransports;
  /** What threads that read UDP answer by themselves; left out: nothing. */
  readonly dataPlane?: DataPlane;
}

/**
 * The running server: one configuration that serves, the sockets it serves on, and the way from one configuration
 * to the next. Data flows one way: transport → ListenerServer → chain → reply.
 */
export class Signpost {
  readonly listeners: Listeners;
  readonly #parts: SignpostParts;
  readonly #shared = new SharedResources();
  readonly #reloadFailed;
  readonly #versionInfo;
  #configuration: Configuration | undefined;
  #watch: CorefileWatch | undefined;
  /** Reloads and the shutdown happen one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: SignpostParts) {
    const { metrics } = parts.surroundings;
    this.#parts = parts;
    for (const plugin of parts.plugins.values()) plugin.showMetrics?.(metrics);
    this.listeners = new Listeners(parts.openTransports, parts.surroundings.log);
    this.#reloadFailed = metrics
      .counter({
        name: 'coredns_reload_failed_total',
        help: 'Reloads that failed; the old configuration serves on.',
      })
      .cell();
    this.#versionInfo = metrics.gauge({
      name: 'coredns_reload_version_info',
      help: 'Always 1; the running Corefile is in the label value.',
      labels: ['hash', 'value'],
    });
  }

  /** The configuration that serves now. */
  get configuration(): Configuration | undefined {
    return this.#configuration;
  }

  /**
   * Loads the Corefile and serves it.
   * @throws CorefileError or Error; nothing is left running then
   */
  async start(): Promise<void> {
    try {
      await this.#turnTo(this.#parts.load());
    } catch (error) {
      await this.listeners.close(0);
      throw error;
    }
  }

  /** Loads the Corefile again. A failure is logged and counted, and the old configuration serves on. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#reloadTo(this.#parts.load());
      } catch (error) {
        this.#reloadHasFailed(error);
      }
    });
  }

  /**
   * Says goodbye to load balancers, answers until queries cease (see `drain`) and what is pending then, and closes
   * everything. With 0 milliseconds of grace it says goodbye and closes. Twice is harmless.
   */
  async shutdown(graceMilliseconds = GRACE_MILLISECONDS): Promise<void> {
    this.#watch?.stop();
    // At once: a reload may still be under way.
    const goodbye = this.#configuration?.finalShutdown();
    await this.#inTurn(async () => {
      await goodbye;
      // A reload that was still under way has begun another watch.
      this.#watch?.stop();
      const configuration = this.#configuration;
      this.#configuration = undefined;
      if (configuration === undefined) return;
      await configuration.finalShutdown();
      this.#parts.dataPlane?.retire();
      if (graceMilliseconds > 0) {
        await drain(configuration, this.listeners, this.#parts.surroundings);
      }
      await this.listeners.close(graceMilliseconds);
      await configuration.stop();
    });
  }

  async #turnTo(corefile: Corefile): Promise<void> {
    const { plugins, surroundings } = this.#parts;
    const next = await Configuration.create(corefile, plugins, surroundings, this.#shared.lease());
    await next.start();
    try {
      await this.listeners.turnOver(next.listeners, (plan) => this.#serverFor(plan));
    } catch (error) {
      await next.stop();
      throw error;
    }
    this.#parts.dataPlane?.turnedTo(next.listeners);
    const old = this.#configuration;
    this.#configuration = next;
    this.#tellPlugins(next);
    this.#watchCorefile(next);
    await this.listeners.closeOthers(next.listeners);
    await old?.stop();
  }

  async #reloadTo(corefile: Corefile): Promise<void> {
    if (this.#configuration === undefined) return;
    const { log } = this.#parts.surroundings;
    log.info('Reloading');
    await this.#turnTo(corefile);
    this.#showVersion(corefile);
    log.info('Reloading complete');
  }

  #reloadHasFailed(error: unknown): void {
    this.#reloadFailed.value++;
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.surroundings.log.error(`Reload failed, the old configuration serves on: ${message}`);
    if (this.#configuration !== undefined) this.#showVersion(this.#configuration.corefile);
  }

  #serverFor(plan: ListenerPlan): ListenerServer {
    const { log, metrics } = this.#parts.surroundings;
    return new ListenerServer({
      server: plan.server,
      routes: new Routes(plan.routes),
      otherClasses: plan.blocks.some((block) => block.otherClasses),
      debug: plan.blocks.some((block) => block.debug),
      stackTraces: plan.blocks.some((block) => block.stackTraces),
      log,
      metrics: serverMetrics(metrics),
      onGiven: this.#parts.dataPlane?.onGiven(plan),
    });
  }

  /** Fills `coredns_plugin_enabled`: one line for each handler of each zone. */
  #tellPlugins(configuration: Configuration): void {
    const { pluginEnabled } = serverMetrics(this.#parts.surroundings.metrics);
    pluginEnabled.reset();
    for (const { server, blocks } of configuration.listeners) {
      for (const { info, handlers } of blocks) {
        for (const zone of info.zones) {
          for (const name of handlers) pluginEnabled.cell(server, zone, '', name).value = 1;
        }
      }
    }
  }

  #watchCorefile(configuration: Configuration): void {
    const { surroundings } = this.#parts;
    this.#watch?.stop();
    this.#watch = undefined;
    const settings = configuration.offered(ReloadInterval).at(-1);
    if (settings === undefined) return;
    surroundings.log.info(
      `plugin/reload: Running configuration SHA512 = ${corefileHash(configuration.corefile)}`,
    );
    this.#watch = new CorefileWatch(configuration.corefile, settings, surroundings, {
      load: () => this.#parts.load(),
      changed: (corefile) => {
        void this.#inTurn(() => this.#reloadTo(corefile)).catch((error: unknown) =>
          this.#reloadHasFailed(error),
        );
      },
      broken: (error) => this.#reloadHasFailed(error),
    });
  }

  #showVersion(corefile: Corefile): void {
    this.#versionInfo.reset();
    this.#versionInfo.cell('sha512', corefileHash(corefile)).value = 1;
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(action);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}
