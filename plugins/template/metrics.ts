import type { Counter, CounterCell, MetricRegistry } from '../../src/metrics/registry.ts';
import type { Query } from '../../src/server/query.ts';
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
  readonly #cells = new Map<string, Map<string, Map<number, CounterCell>>>();

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

  /** @param zone the template's */
  matched(query: Query, zone: string): void {
    const { server } = query.arrival;
    let zones = this.#cells.get(server);
    if (zones === undefined) this.#cells.set(server, (zones = new Map<string, Map<number, CounterCell>>()));
    let kinds = zones.get(zone);
    if (kinds === undefined) zones.set(zone, (kinds = new Map<number, CounterCell>()));
    const kind = query.class * 65_536 + query.type;
    let cell = kinds.get(kind);
    if (cell === undefined) kinds.set(kind, (cell = this.#matches.cell(...labels(query, zone))));
    cell.value++;
  }

  templateFailed(query: Query, zone: string, { section, template }: RecordTemplate): void {
    this.#templateFailures.cell(...labels(query, zone), section, template.source).value++;
  }

  recordFailed(query: Query, zone: string, { section, template }: RecordTemplate): void {
    this.#recordFailures.cell(...labels(query, zone), section, template.source).value++;
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
