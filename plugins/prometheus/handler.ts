import type { ServerMetrics, ZoneMetrics } from '../../src/metrics/server-metrics.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Handler, Next, Repeatability } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { HitCounter } from '../../src/server/repeat.ts';
import type { Reply } from '../../src/server/reply.ts';
import { messageLength } from '../../src/wire/length.ts';

/** Counts queries and replies, their sizes, and the time between them. */
export class PrometheusHandler implements Handler {
  readonly repeats: Repeatability = 'observer';
  readonly #metrics: ServerMetrics;
  readonly #clock: Clock;
  /** The zone that was asked for last: most blocks have but one. */
  #server = '';
  #zone = '';
  #zoneMetrics: ZoneMetrics | undefined;

  constructor(metrics: ServerMetrics, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const start = this.#clock.monotonic();
    const reply = next(query);
    // Not awaited: while a query is in flight, a function that waits takes three times what a callback does.
    if (reply instanceof Promise) return reply.then((late) => this.after(query, late, start));
    return this.after(query, reply, start);
  }

  observe(query: Query, reply: Reply): HitCounter {
    return this.#metricsOf(query).repeats(query, reply.rcode, reply.source, sizeOf(query, reply));
  }

  after(query: Query, reply: Reply, start: number): Reply {
    const seconds = (this.#clock.monotonic() - start) / 1000;
    const size = sizeOf(query, reply);
    this.#metricsOf(query).count(query, reply.rcode, reply.source, seconds, size);
    return reply;
  }

  #metricsOf(query: Query): ZoneMetrics {
    const { server } = query.arrival;
    if (this.#zoneMetrics === undefined || query.zone !== this.#zone || server !== this.#server) {
      this.#server = server;
      this.#zone = query.zone;
      this.#zoneMetrics = this.#metrics.zone(server, query.zone);
    }
    return this.#zoneMetrics;
  }
}

/** Bytes of the reply as its plugin made it. */
function sizeOf(query: Query, reply: Reply): number {
  return reply.bare ? 0 : messageLength(query, reply);
}
