import { isSubdomain } from '../corefile/zone.ts';
import { RecordType, typeName } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { nameInData } from '../wire/rdata.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { parentName } from './labels.ts';
import { NsecChain } from './nsec-chain.ts';
import { withOne, ZoneNode } from './zone-node.ts';
import { Zone } from './zone.ts';

/** Names taken between two pauses of `build`. */
const SLICE = 1024;

/** Collects the records of a zone, from a file or a transfer. */
export class ZoneBuilder {
  /** Records that are not below the origin, and so left out. */
  outside = 0;
  readonly #origin: string;
  readonly #nodes = new Map<string, ZoneNode>();
  readonly #apex: ZoneNode;

  /** @param origin lower case, fully qualified */
  constructor(origin: string) {
    this.#origin = origin;
    this.#apex = new ZoneNode(origin, undefined);
    this.#nodes.set(origin, this.#apex);
  }

  /**
   * Adds a record; repeats are kept.
   * @throws FormatError for NSEC3, which would need answers of another kind
   */
  add(record: ResourceRecord): void {
    const { type } = record;
    if (type === RecordType.NSEC3 || type === RecordType.NSEC3PARAM) {
      throw new FormatError(`records of type ${typeName(type)} are not supported`);
    }
    const name = record.name.toLowerCase();
    if (!isSubdomain(this.#origin, name)) {
      this.outside++;
      return;
    }
    const node = this.#open(name);
    if (type === RecordType.RRSIG && record.data.length > 1) {
      const coveredType = (record.data[0]! << 8) | record.data[1]!;
      const signed = node.openSet(coveredType);
      signed.signatures = withOne(signed.signatures, record);
    }
    const set = node.openSet(type);
    // A zone has one SOA. A file that is the record of a transfer has it again at its end.
    set.records = type === RecordType.SOA ? [record] : withOne(set.records, record);
  }

  /**
   * The zone, in slices of a few milliseconds: whoever drives it may pause at each `yield`. Add nothing afterwards.
   * @throws FormatError when there is no SOA record at the origin
   */
  *build(): Generator<undefined, Zone> {
    const soa = this.#apex.set(RecordType.SOA);
    if (soa === undefined) throw new FormatError(`the zone ${this.#origin} has no SOA record`);
    let count = 0;
    for (const node of this.#nodes.values()) {
      if (node.parent !== undefined) node.cover = coverOf(node, node.parent);
      if (++count % SLICE === 0) yield;
    }
    const nsecChain = yield* this.#chain();
    return new Zone({ origin: this.#origin, nodes: this.#nodes, apex: this.#apex, soa, nsecChain });
  }

  /** The node of a name at or below the origin, and all above it. */
  #open(name: string): ZoneNode {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const parent = this.#open(parentName(name));
    const node = new ZoneNode(name, parent);
    this.#nodes.set(name, node);
    if (name.startsWith('*.') || name === '*') parent.wildcard = node;
    return node;
  }

  /** Each NSEC record names the next, so there is nothing to sort. A chain that is broken ends early. */
  *#chain(): Generator<undefined, NsecChain | undefined> {
    const chain = new NsecChain();
    for (let node: ZoneNode | undefined = this.#apex; node !== undefined;) {
      const set = node.set(RecordType.NSEC);
      if (set === undefined || !chain.append(node.name, set)) break;
      node = this.#nodes.get(nameInData(set.records[0]!.data).toLowerCase());
      if (chain.length % SLICE === 0) yield;
    }
    return chain.length === 0 ? undefined : chain;
  }
}

function coverOf(node: ZoneNode, parent: ZoneNode): ZoneNode | undefined {
  if (parent.cover !== undefined) return parent.cover;
  if (parent.set(RecordType.DNAME) !== undefined) return parent;
  return node.set(RecordType.NS) === undefined ? undefined : node;
}
