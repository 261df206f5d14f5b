import { rcodeName, RecordType } from '../wire/codes.ts';
import type { Counter, CounterCell } from './registry.ts';

const NAMED_TYPES = [
  'AAAA',
  'A',
  'CNAME',
  'DNSKEY',
  'DS',
  'MX',
  'NSEC3',
  'NSEC',
  'NS',
  'PTR',
  'RRSIG',
  'SOA',
  'SRV',
  'TXT',
  'HTTPS',
  'SVCB',
  'IXFR',
  'AXFR',
  'ANY',
] as const;

/** Values of the label `type`, so that clients cannot make up as many as they like. */
export const REQUEST_TYPES: readonly string[] = [...NAMED_TYPES, 'other'];

const OTHER = REQUEST_TYPES.length - 1;
const indexes = new Uint8Array(256).fill(OTHER);
for (const [index, name] of NAMED_TYPES.entries()) indexes[RecordType[name]] = index;

/** Where in REQUEST_TYPES the label of a record type stands. */
export function requestTypeIndex(type: number): number {
  return type < 256 ? indexes[type]! : OTHER;
}

/** Counters of replies by response code and plugin. */
export interface ResponseCounters {
  count(rcode: number, plugin: string, times: number): void;
}

/** The counters below a zone's labels, found without building strings. */
export function responseCounters(metric: Counter, zoneLabels: readonly string[]): ResponseCounters {
  const byRcode: Map<string, CounterCell>[] = [];
  return {
    count(rcode, plugin, times) {
      const byPlugin = (byRcode[rcode] ??= new Map());
      let cell = byPlugin.get(plugin);
      if (cell === undefined) {
        cell = metric.cell(...zoneLabels, rcodeName(rcode), plugin);
        byPlugin.set(plugin, cell);
      }
      cell.value += times;
    },
  };
}
