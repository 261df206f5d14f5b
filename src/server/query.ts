import type { Dependencies } from '../truth/dependencies.ts';
import { RecordClass } from '../wire/codes.ts';
import type { Edns } from '../wire/edns.ts';
import { nameHash } from '../wire/name-hash.ts';
import { MAXIMUM_DATAGRAM_BYTES, MAXIMUM_MESSAGE_BYTES } from '../wire/writer.ts';
import type { Reply } from './reply.ts';

export type Protocol = 'udp' | 'tcp';

/** Who asks, and at which of our addresses. */
export interface Client {
  readonly protocol: Protocol;
  /** The client's IP address in text, without brackets or zone; an IPv4-mapped one as IPv4. */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  /** The address that was asked, in text. */
  readonly localAddress: string;
  readonly localPort: number;
  /** A thread in front of this one would give the reply again by itself, if it may. */
  readonly wantsRepeat?: boolean;
  /** What stands for that thread. */
  readonly reader?: object | undefined;
}

/** The listener that a query came in by. */
export interface Arrival {
  /** Metric label: `dns://:53` or `dns://127.0.0.1:53`. */
  readonly server: string;
  /** Runs a query through the whole listener: zone routing, chain, metrics, log, cache. */
  resolve(query: Query): Reply | Promise<Reply>;
}

/** The fields of a query; see Query. */
export interface QueryFields {
  readonly id: number;
  readonly flags: number;
  readonly name: string;
  readonly originalName: string;
  readonly type: number;
  readonly class: number;
  readonly edns: Edns | undefined;
  readonly size: number;
  readonly client: Client;
  readonly arrival: Arrival;
  readonly dependencies: Dependencies;
  /** How many of the server's own look-ups this query is inside of; 0 for a client's. */
  readonly depth: number;
}

/** Deeper look-ups go in a circle. */
export const MAXIMUM_LOOKUP_DEPTH = 16;

/**
 * One question and who asks it. A value: plugins that change it hand `query.with(…)` on.
 * Made by `readQuery` from a packet, or by `lookup` for a server's question to itself.
 */
export class Query implements QueryFields {
  readonly id: number;
  /** The second 16-bit word of the header: QR, opcode, AA, TC, RD, RA, Z, AD, CD, rcode. */
  readonly flags: number;
  /** The name asked for: presentation form, lower case, fully qualified. */
  readonly name: string;
  /** The same in the client's letter case, for owner names that echo it. */
  readonly originalName: string;
  readonly type: number;
  readonly class: number;
  /** The client's OPT record, if it sent one. */
  readonly edns: Edns | undefined;
  /** Bytes that the query took on the wire. */
  readonly size: number;
  readonly client: Client;
  readonly arrival: Arrival;
  /** What has been consulted for the answer so far. Shared by all that derives from one client's query. */
  readonly dependencies: Dependencies;
  readonly depth: number;
  /** Metric label, set by the router: the longest matching zone of the server block; `dropped` until then. */
  zone = 'dropped';
  /** Undefined: nobody has asked for it yet. */
  #nameHash: number | undefined;

  constructor(fields: QueryFields) {
    this.id = fields.id;
    this.flags = fields.flags;
    this.name = fields.name;
    this.originalName = fields.originalName;
    this.type = fields.type;
    this.class = fields.class;
    this.edns = fields.edns;
    this.size = fields.size;
    this.client = fields.client;
    this.arrival = fields.arrival;
    this.dependencies = fields.dependencies;
    this.depth = fields.depth;
  }

  /** The same query with some fields changed. Field by field: spreading the object takes three times as long. */
  with(changes: Partial<QueryFields>): Query {
    const query = new Query({
      id: changes.id ?? this.id,
      flags: changes.flags ?? this.flags,
      name: changes.name ?? this.name,
      originalName: changes.originalName ?? this.originalName,
      type: changes.type ?? this.type,
      class: changes.class ?? this.class,
      edns: 'edns' in changes ? changes.edns : this.edns,
      size: changes.size ?? this.size,
      client: changes.client ?? this.client,
      arrival: changes.arrival ?? this.arrival,
      dependencies: changes.dependencies ?? this.dependencies,
      depth: changes.depth ?? this.depth,
    });
    query.zone = this.zone;
    if (query.name === this.name) query.#nameHash = this.#nameHash;
    return query;
  }

  /** `nameHash` of the name. */
  get nameHash(): number {
    return (this.#nameHash ??= nameHash(this.name));
  }

  /**
   * Asks this server itself, as CoreDNS's plugins do: the same client, flags and EDNS with another name and type,
   * class IN, through the whole listener. What it consults counts for this query too.
   * @param name presentation form, fully qualified, any letter case
   */
  lookup(name: string, type: number): Reply | Promise<Reply> {
    const query = this.with({
      name: name.toLowerCase(),
      originalName: name,
      type,
      class: RecordClass.IN,
      depth: this.depth + 1,
    });
    this.dependencies.crossedBlocks = true;
    return this.arrival.resolve(query);
  }

  /** Largest reply in bytes that the client takes: 65,535 by TCP; by UDP its EDNS size, at least 512. */
  get sizeLimit(): number {
    if (this.client.protocol === 'tcp') return MAXIMUM_MESSAGE_BYTES;
    return this.edns === undefined ? 512 : Math.min(MAXIMUM_DATAGRAM_BYTES, Math.max(512, this.edns.udpSize));
  }
}
