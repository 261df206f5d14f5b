import type { Counter, CounterCell, MetricRegistry } from '../../src/metrics/registry.ts';
import type { Action } from './policy.ts';

/** The label `view`: there are none yet. */
const VIEW = '';

/** Counts what was decided. */
export class AclMetrics {
  readonly #counters: Readonly<Record<Action, Counter>>;
  /** By server, then by action and zone: no strings are made for a query. */
  readonly #cells = new Map<string, Record<Action, Map<string, CounterCell>>>();

  constructor(registry: MetricRegistry) {
    const counter = (action: string, labels: readonly string[]): Counter =>
      registry.counter({
        name: `coredns_acl_${action}_requests_total`,
        help: `Queries that were ${action}.`,
        labels,
      });
    const labels = ['server', 'zone', 'view'];
    this.#counters = {
      allow: counter('allowed', ['server', 'view']),
      block: counter('blocked', labels),
      filter: counter('filtered', labels),
      drop: counter('dropped', labels),
    };
  }

  /** @param zone the zone of the rule; '' where the action is `allow` */
  count(server: string, action: Action, zone: string): void {
    let byAction = this.#cells.get(server);
    if (byAction === undefined) {
      byAction = { allow: new Map(), block: new Map(), filter: new Map(), drop: new Map() };
      this.#cells.set(server, byAction);
    }
    let cell = byAction[action].get(zone);
    if (cell === undefined) {
      const labels = action === 'allow' ? [server, VIEW] : [server, zone, VIEW];
      cell = this.#counters[action].cell(...labels);
      byAction[action].set(zone, cell);
    }
    cell.value++;
  }
}
