import type { Counter, CounterCell, MetricRegistry } from '../../src/metrics/registry.ts';
import type { Query } from '../../src/server/query.ts';
import type { Repeat } from '../../src/server/repeat.ts';
import { className, typeName } from '../../src/wire/codes.ts';
import type { RecordTemplate } from './rule.ts';

/** The label `view`: there are none yet. */
const VIEW = '';
const LABELS = ['server', 'zone', 'view', 'class', 'type'];

/** Counts what matched, and what went wrong. */
export class TemplateMetrics {
  readonly #matches: Counter;
  readonly #templateFailures: Counter;
  readonly #recordFailures: Counter;
  /** By server, zone, and class and type in one number: no strings are made for a query. */
  readonly #matched = new Map<string, Map<string, Map<number, Matched>>>();

  constructor(registry: MetricRegistry) {
    const failures = [...LABELS, 'section', 'template'];
    this.#matches = registry.counter({
      name: 'coredns_template_matches_total',
      help: 'Queries that a template matched.',
      labels: LABELS,
    });
    this.#templateFailures = registry.counter({
      name: 'coredns_template_template_failures_total',
      help: 'Templates that could not be carried out.',
      labels: failures,
    });
    this.#recordFailures = registry.counter({
      name: 'coredns_template_rr_failures_total',
      help: 'Texts made by templates that are no records.',
      labels: failures,
    });
  }

  /**
   * Counts a match. The result says how repeats of its reply are counted.
   * @param zone the template's
   */
  matched(query: Query, zone: string): Repeat {
    const { server } = query.arrival;
    let zones = this.#matched.get(server);
    if (zones === undefined) this.#matched.set(server, (zones = new Map<string, Map<number, Matched>>()));
    let kinds = zones.get(zone);
    if (kinds === undefined) zones.set(zone, (kinds = new Map<number, Matched>()));
    const kind = query.class * 65_536 + query.type;
    let matched = kinds.get(kind);
    if (matched === undefined) {
      kinds.set(kind, (matched = new Matched(this.#matches.cell(...labels(query, zone)))));
    }
    matched.cell.value++;
    return matched.repeat;
  }

  templateFailed(query: Query, zone: string, { section, template }: RecordTemplate): void {
    this.#templateFailures.cell(...labels(query, zone), section, template.source).value++;
  }

  recordFailed(query: Query, zone: string, { section, template }: RecordTemplate): void {
    this.#recordFailures.cell(...labels(query, zone), section, template.source).value++;
  }
}

/** The matches of one label set: those in the chain, and those that were repeated without it. */
class Matched {
  readonly cell: CounterCell;
  readonly repeat: Repeat;

  constructor(cell: CounterCell) {
    this.cell = cell;
    this.repeat = { counter: { add: (hits) => (cell.value += hits) } };
  }
}

/** Types and classes without a name share one, so that clients cannot make up as many as they like. */
function labels(query: Query, zone: string): string[] {
  const recordClass = className(query.class);
  const type = typeName(query.type);
  return [
    query.arrival.server,
    zone,
    VIEW,
    recordClass.startsWith('CLASS') ? 'other' : recordClass,
    type.startsWith('TYPE') ? 'other' : type,
  ];
}
