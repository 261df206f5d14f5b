import type { Surroundings } from '../config/block-controller.ts';
import type { ListenerPlan } from '../config/listener-plan.ts';
import type { GivenReply } from '../server/repeat.ts';
import type { VersionCell } from '../truth/version-cells.ts';
import { describePermission } from '../wire-cache/repeatability.ts';
import type { LearningTerms } from '../wire-cache/learn.ts';
import type { Permission } from '../wire-cache/repeatability.ts';
import { ObservationMetrics } from './observation-metrics.ts';
import { Teacher } from './teacher.ts';
import type { WorkerClock } from './worker-clock.ts';
import { workerClock } from './worker-clock.ts';
import { WireCacheMetrics } from './wire-cache-metrics.ts';

/** How often workers' counters are added up when nobody asks: milliseconds. */
const COLLECTING = 1000;
/** Hits that may wait for the main thread to look at them: half a second's, where they come at 60,000 a second. */
const OBSERVATIONS = 32_768;

/** The wire caches of all listeners that have some, as the main thread sees them. */
export class DataPlane {
  readonly #world: Surroundings;
  readonly #workerClock: WorkerClock;
  readonly #metrics: WireCacheMetrics;
  /** By the metrics' label `server`, one for each worker. */
  readonly #teachers = new Map<string, Set<Teacher>>();
  /** The configuration's own cell: every learned answer dies when another configuration serves. */
  readonly #cell: VersionCell;
  readonly #observations: number;

  /**
   * @param clock what workers are told of the time; left out, that of `world`
   * @param observations hits of each worker that may wait to be shown to those that watch, a power of two
   */
  constructor(
    world: Surroundings,
    clock: WorkerClock = workerClock(world.clock.monotonic()),
    observations = OBSERVATIONS,
  ) {
    this.#observations = observations;
    this.#world = world;
    this.#workerClock = clock;
    this.#metrics = new WireCacheMetrics(world.metrics);
    this.#cell = world.cells.allocate();
  }

  /** Makes what teaches one worker of a listener. */
  teach(server: string): Teacher {
    const { cells, clock, metrics, log } = this.#world;
    const counts = this.#metrics.of(server);
    const observations = new ObservationMetrics(server, metrics, clock, log);
    const collect = (): void => {
      teacher.collect();
      counts.take(teacher);
      observations.take(teacher.observed);
    };
    const timer = clock.every(COLLECTING, collect);
    const collector = metrics.onCollect(collect);
    const teacher = new Teacher({
      cells,
      clock,
      workerClock: this.#workerClock,
      observations: this.#observations,
      failed: (error) => log.error(`what watches repeats: ${(error as Error).message}`),
      refused: (reason) => counts.refused(reason),
      closed: () => {
        timer.cancel();
        collector.remove();
        counts.end(teacher);
        observations.take(teacher.observed);
        observations.close();
        teachers.delete(teacher);
        if (teachers.size === 0 && this.#teachers.get(server) === teachers) this.#teachers.delete(server);
      },
    });
    const teachers = this.#teachers.get(server) ?? new Set();
    this.#teachers.set(server, teachers.add(teacher));
    return teacher;
  }

  /** What is to be done with the replies of a listener of the configuration that serves next. */
  onGiven({ server, blocks, port }: ListenerPlan): (given: GivenReply) => void {
    const configuration = { cell: this.#cell, version: this.#world.cells.version(this.#cell) + 1 };
    const { cells } = this.#world;
    const terms = new Map<string, LearningTerms>();
    for (const [zone, permission] of permissions(blocks, port)) {
      terms.set(zone, { permission, cells, configuration });
    }
    return (given) => {
      const found = terms.get(given.query.zone);
      if (found !== undefined) this.#learn(server, given, found);
    };
  }

  /** Another configuration serves: nothing that was learned counts any more. */
  turnedTo(plans: readonly ListenerPlan[]): void {
    this.#world.cells.bump(this.#cell);
    if (this.#teachers.size === 0) return;
    for (const teachers of this.#teachers.values()) for (const teacher of teachers) teacher.stopShowing();
    this.#metrics.enabled.reset();
    for (const { server, blocks, port } of plans) {
      if (!this.#teachers.has(server)) continue;
      for (const block of blocks) {
        const zones = block.info.keys.filter((key) => key.port === port).map((key) => key.zone);
        this.#world.log.info(
          `${server} ${zones.join(' ')}: wire cache ${describePermission(block.permission)}`,
        );
        for (const zone of zones) {
          this.#metrics.enabled.cell(server, zone).value = block.permission.allowed ? 1 : 0;
        }
      }
    }
  }

  /** From now on every query comes to the main thread, which counts those that still come before it ends. */
  retire(): void {
    this.#world.cells.bump(this.#cell);
  }

  /** A mistake in here must not cost the reply. */
  #learn(server: string, given: GivenReply, terms: LearningTerms): void {
    try {
      const { reader } = given.query.client;
      if (reader instanceof Teacher) reader.given(given, terms);
    } catch (error) {
      this.#metrics.of(server).refused('odd reply');
      this.#world.log.error(`wire cache: ${given.query.name} ${(error as Error).message}`);
    }
  }
}

function* permissions(
  blocks: ListenerPlan['blocks'],
  port: number,
): Generator<[zone: string, permission: Permission]> {
  for (const { info, permission } of blocks) {
    for (const key of info.keys) if (key.port === port) yield [key.zone, permission];
  }
}
