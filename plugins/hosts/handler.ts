import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { UNCHANGING } from '../../src/server/repeat.ts';
import { Reply } from '../../src/server/reply.ts';
import type { VersionCell, VersionCells } from '../../src/truth/version-cells.ts';
import { Rcode, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { nameToWire } from '../../src/wire/name.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import type { HostAddresses, HostTable } from './host-table.ts';
import type { Options } from './parse.ts';

/** What the handler reads; `cell` changes when `tables` do. */
export interface HostSource {
  readonly cells: VersionCells;
  readonly cell: VersionCell;
  /** The file's, then the Corefile's: both answer. */
  tables: readonly HostTable[];
}

/** Answers A, AAAA and PTR. Owner names come out in lower case, as CoreDNS's do. */
export class HostsHandler implements Handler {
  readonly repeats = 'pure';
  readonly #options: Options;
  readonly #source: HostSource;

  constructor(options: Options, source: HostSource) {
    this.#options = options;
    this.#source = source;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const { name, type } = query;
    const inZone = isWithin(this.#options.zones, name);
    // Reverse zones need not be listed.
    if (!inZone && type !== RecordType.PTR) return next(query);
    query.dependencies.read(this.#source.cells, this.#source.cell);
    if (type === RecordType.PTR) return this.#pointers(query, next);
    if (type !== RecordType.A && type !== RecordType.AAAA) {
      if (this.#options.fallthroughUnsupported && this.#fallsThrough(name)) return next(query);
      return this.#isKnown(name) ? answer([]) : this.#unknown(query, next);
    }
    const records: ResourceRecord[] = [];
    let known = false;
    for (const table of this.#source.tables) {
      const addresses = table.addresses(name);
      if (addresses === undefined) continue;
      known = true;
      this.#addAddresses(records, query, addresses);
    }
    return known ? answer(records) : this.#unknown(query, next);
  }

  #addAddresses(records: ResourceRecord[], { name, type }: Query, { ipv4, ipv6 }: HostAddresses): void {
    for (const data of type === RecordType.A ? ipv4 : ipv6) {
      if (records.length > 0 && records.some((other) => sameData(other.data, data))) continue;
      records.push({ name, type, class: RecordClass.IN, ttl: this.#options.ttl, data });
    }
  }

  /** An address nobody has a name for is the next plugin's, with or without `fallthrough`. */
  #pointers(query: Query, next: Next): Reply | Promise<Reply> {
    const names = new Set<string>();
    for (const table of this.#source.tables) {
      for (const name of table.names(query.name) ?? []) names.add(name);
    }
    if (names.size === 0) return next(query);
    const fields = { name: query.name, type: RecordType.PTR, class: RecordClass.IN, ttl: this.#options.ttl };
    return answer(Array.from(names, (name) => ({ ...fields, data: nameToWire(name) })));
  }

  #isKnown(name: string): boolean {
    for (const table of this.#source.tables) if (table.addresses(name) !== undefined) return true;
    return false;
  }

  /** There is no SOA for a name error to carry, so it is a failure (CoreDNS). */
  #unknown(query: Query, next: Next): Reply | Promise<Reply> {
    return this.#fallsThrough(query.name) ? next(query) : Reply.failure(Rcode.ServerFailure, 'hosts');
  }

  #fallsThrough(name: string): boolean {
    const { fallthrough } = this.#options;
    return fallthrough !== undefined && isWithin(fallthrough, name);
  }
}

function answer(records: readonly ResourceRecord[]): Reply {
  return new Reply({ authoritative: true, answer: records, source: 'hosts', repeat: UNCHANGING });
}

function isWithin(zones: readonly string[], name: string): boolean {
  for (const zone of zones) if (isSubdomain(zone, name)) return true;
  return false;
}

function sameData(left: Uint8Array, right: Uint8Array): boolean {
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return left.length === right.length;
}
