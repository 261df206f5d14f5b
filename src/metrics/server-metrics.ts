import type { Query } from '../server/query.ts';
import type { HitCounter } from '../server/repeat.ts';
import { bareLength } from '../wire/length.ts';
import { OPT_BYTES } from '../wire/writer.ts';
import { SIZE_BUCKETS, TIME_BUCKETS } from './buckets.ts';
import { responseCounters, requestTypeIndex, REQUEST_TYPES, type ResponseCounters } from './query-labels.ts';
import type { Counter, CounterCell, Gauge, Histogram, HistogramCell, MetricRegistry } from './registry.ts';

const ZONE_LABELS = ['server', 'zone', 'view'];
const SIZE_LABELS = [...ZONE_LABELS, 'proto'];
const registered = new WeakMap<MetricRegistry, ServerMetrics>();

/** The server's own metrics, of CoreDNS's names and labels. There is one for each registry: `serverMetrics`. */
export class ServerMetrics {
  /** Exceptions that reached the server. */
  readonly panics: CounterCell;
  /** Always 1; labels version, revision, goversion (here: Node's). */
  readonly buildInfo: Gauge;
  /** 1 for each plugin with a handler; labels server, zone, view, name. Reset at a reload. */
  readonly pluginEnabled: Gauge;
  readonly requests: Counter;
  readonly requestDuration: Histogram;
  readonly requestSize: Histogram;
  readonly dnssecRequests: Counter;
  readonly responseSize: Histogram;
  readonly responses: Counter;
  readonly #zones = new Map<string, Map<string, Map<string, ZoneMetrics>>>();

  constructor(registry: MetricRegistry) {
    this.panics = registry
      .counter({ name: 'coredns_panics_total', help: 'Exceptions that reached the server.' })
      .cell();
    this.buildInfo = registry.gauge({
      name: 'coredns_build_info',
      help: 'Always 1; what is running is in the labels.',
      labels: ['version', 'revision', 'goversion'],
    });
    this.pluginEnabled = registry.gauge({
      name: 'coredns_plugin_enabled',
      help: 'Always 1 for a plugin that takes part in answering.',
      labels: [...ZONE_LABELS, 'name'],
    });
    this.requests = registry.counter({
      name: 'coredns_dns_requests_total',
      help: 'DNS requests by zone, protocol, address family (1 is IPv4) and type.',
      labels: [...ZONE_LABELS, 'proto', 'family', 'type'],
    });
    this.requestDuration = registry.histogram(
      {
        name: 'coredns_dns_request_duration_seconds',
        help: 'Seconds that an answer took, by zone.',
        labels: ZONE_LABELS,
      },
      TIME_BUCKETS,
    );
    this.requestSize = registry.histogram(
      {
        name: 'coredns_dns_request_size_bytes',
        help: 'Bytes of a request, by zone and protocol.',
        labels: SIZE_LABELS,
      },
      SIZE_BUCKETS,
    );
    this.dnssecRequests = registry.counter({
      name: 'coredns_dns_do_requests_total',
      help: 'DNS requests with the DO bit set, by zone.',
      labels: ZONE_LABELS,
    });
    this.responseSize = registry.histogram(
      {
        name: 'coredns_dns_response_size_bytes',
        help: 'Bytes of a response, uncompressed, by zone and protocol.',
        labels: SIZE_LABELS,
      },
      SIZE_BUCKETS,
    );
    this.responses = registry.counter({
      name: 'coredns_dns_responses_total',
      help: 'DNS responses by zone, response code and the plugin that made them.',
      labels: [...ZONE_LABELS, 'rcode', 'plugin'],
    });
  }

  /** The metrics of one zone of one listener; builds no string once they are there. */
  zone(server: string, zone: string, view = ''): ZoneMetrics {
    let zones = this.#zones.get(server);
    if (zones === undefined) this.#zones.set(server, (zones = new Map<string, Map<string, ZoneMetrics>>()));
    let views = zones.get(zone);
    if (views === undefined) zones.set(zone, (views = new Map<string, ZoneMetrics>()));
    let metrics = views.get(view);
    if (metrics === undefined) views.set(view, (metrics = new ZoneMetrics(this, server, zone, view)));
    return metrics;
  }

  /** Counts a query that the server refuses, or fails at, by itself: its zone label is `dropped`. */
  dropped(query: Query, rcode: number): void {
    const size = bareLength(query) + (query.edns === undefined ? 0 : OPT_BYTES);
    this.zone(query.arrival.server, 'dropped').count(query, rcode, '', 0, size);
  }
}

/** The server metrics in a registry, made at the first call. */
export function serverMetrics(registry: MetricRegistry): ServerMetrics {
  let metrics = registered.get(registry);
  if (metrics === undefined) registered.set(registry, (metrics = new ServerMetrics(registry)));
  return metrics;
}

/** What is counted for the queries of one zone of one listener; cells are made at their first use. */
export class ZoneMetrics {
  readonly #metrics: ServerMetrics;
  readonly #labels: readonly [server: string, zone: string, view: string];
  readonly #duration: HistogramCell;
  readonly #responses: ResponseCounters;
  readonly #tcp: ProtocolMetrics;
  readonly #udp: ProtocolMetrics;
  #dnssec: CounterCell | undefined;

  constructor(metrics: ServerMetrics, server: string, zone: string, view: string) {
    this.#metrics = metrics;
    this.#labels = [server, zone, view];
    this.#duration = metrics.requestDuration.cell(server, zone, view);
    this.#responses = responseCounters(metrics.responses, this.#labels);
    this.#tcp = new ProtocolMetrics(metrics, this.#labels, 'tcp');
    this.#udp = new ProtocolMetrics(metrics, this.#labels, 'udp');
  }

  /**
   * Counts one query and its reply.
   * @param plugin that made the reply; empty for the server itself
   * @param seconds that the answer took
   * @param responseSize bytes of the reply as its plugin made it; 0 when the server itself sends the bare code
   */
  count(query: Query, rcode: number, plugin: string, seconds: number, responseSize: number): void {
    const protocol = query.client.protocol === 'udp' ? this.#udp : this.#tcp;
    protocol.count(query, responseSize, 1);
    this.#duration.observe(seconds);
    if (query.edns?.dnssecOk === true) this.#countDnssec(1);
    this.#responses.count(rcode, plugin, 1);
  }

  /**
   * Counts the same query and reply as often as it is told to; the time that each took is in `durations`. What it
   * keeps is of the metrics alone: it lives until a worker lets go of the answer, and a query holds a whole
   * configuration.
   */
  repeats(query: Query, rcode: number, plugin: string, responseSize: number): HitCounter {
    const { size } = query;
    const protocol = query.client.protocol === 'udp' ? this.#udp : this.#tcp;
    const request = protocol.requestIndex(query);
    const isDnssec = query.edns?.dnssecOk === true;
    return {
      durations: this.#duration,
      add: (hits) => {
        protocol.countRequest(request, size, responseSize, hits);
        if (isDnssec) this.#countDnssec(hits);
        this.#responses.count(rcode, plugin, hits);
      },
    };
  }

  #countDnssec(queries: number): void {
    this.#dnssec ??= this.#metrics.dnssecRequests.cell(...this.#labels);
    this.#dnssec.value += queries;
  }
}

/** The part of a zone's metrics that is split by protocol. */
class ProtocolMetrics {
  readonly #metrics: ServerMetrics;
  readonly #labels: readonly string[];
  /** By family (first IPv4, then IPv6) and type. */
  readonly #requests: (CounterCell | undefined)[] = new Array<undefined>(2 * REQUEST_TYPES.length);
  #requestSize: HistogramCell | undefined;
  #responseSize: HistogramCell | undefined;

  constructor(metrics: ServerMetrics, zoneLabels: readonly string[], protocol: string) {
    this.#metrics = metrics;
    this.#labels = [...zoneLabels, protocol];
  }

  count(query: Query, responseSize: number, times: number): void {
    this.countRequest(this.requestIndex(query), query.size, responseSize, times);
  }

  /** Where a query's family and type are counted. */
  requestIndex({ type, client }: Query): number {
    const index = requestTypeIndex(type);
    return client.family === 4 ? index : REQUEST_TYPES.length + index;
  }

  /** @param index of `requestIndex` */
  countRequest(index: number, size: number, responseSize: number, times: number): void {
    const isIPv4 = index < REQUEST_TYPES.length;
    const requests = (this.#requests[index] ??= this.#metrics.requests.cell(
      ...this.#labels,
      isIPv4 ? '1' : '2',
      REQUEST_TYPES[isIPv4 ? index : index - REQUEST_TYPES.length]!,
    ));
    requests.value += times;
    this.#requestSize ??= this.#metrics.requestSize.cell(...this.#labels);
    this.#requestSize.observe(size, times);
    this.#responseSize ??= this.#metrics.responseSize.cell(...this.#labels);
    this.#responseSize.observe(responseSize, times);
  }
}
