import { RecordType } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { nameInData } from '../wire/rdata.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { nextLabel } from './labels.ts';
import type { NsecChain } from './nsec-chain.ts';
import type { RecordSet, ZoneNode } from './zone-node.ts';

/** What a name is to a zone (RFC 1034, section 4.3.2; RFC 4592, section 4.1). */
export const FindingKind = {
  /** The name owns records. */
  Exact: 0,
  /** A wildcard stands for it. */
  Wildcard: 1,
  /** It is there only because names below it are. */
  EmptyNonTerminal: 2,
  /** It is at or below a zone cut. */
  Delegation: 3,
  /** It is below a DNAME. */
  Redirection: 4,
  NameError: 5,
} as const;
export type FindingKind = (typeof FindingKind)[keyof typeof FindingKind];

/** Where a question ends. */
export interface Finding {
  readonly kind: FindingKind;
  /** The name itself; the wildcard; the cut; the owner of the DNAME; for a name error the closest encloser. */
  readonly node: ZoneNode;
}

/** The parts that a zone is made from. */
export interface ZoneParts {
  readonly origin: string;
  /** In the order of the file; a name comes after the one above it. */
  readonly nodes: ReadonlyMap<string, ZoneNode>;
  readonly apex: ZoneNode;
  readonly soa: RecordSet;
  readonly nsecChain: NsecChain | undefined;
}

/** The data of one zone. It never changes: a new version is a new zone. */
export class Zone {
  /** Lower case, fully qualified. */
  readonly origin: string;
  readonly serial: number;
  readonly soa: RecordSet;
  /** NS records of the apex. */
  readonly nameServers: RecordSet | undefined;
  /** NSEC records in order; undefined for a zone without. */
  readonly nsecChain: NsecChain | undefined;
  readonly #nodes: ReadonlyMap<string, ZoneNode>;

  constructor({ origin, nodes, apex, soa, nsecChain }: ZoneParts) {
    this.origin = origin;
    this.#nodes = nodes;
    this.soa = soa;
    this.nameServers = apex.set(RecordType.NS);
    this.nsecChain = nsecChain;
    this.serial = serialOf(soa.records[0]!);
  }

  /** How many names there are, empty non-terminals too. */
  get size(): number {
    return this.#nodes.size;
  }

  /**
   * Looks for a name that is the origin or below it.
   * @param name lower case, fully qualified
   */
  find(name: string, type: number): Finding {
    let node = this.#nodes.get(name);
    if (node !== undefined) {
      const { cover } = node;
      // DS records of a cut are this zone's own (RFC 4035, section 3.1.4.1).
      if (cover !== undefined && !(cover === node && type === RecordType.DS)) return covered(cover);
      return { kind: node.isEmpty ? FindingKind.EmptyNonTerminal : FindingKind.Exact, node };
    }
    for (let at = nextLabel(name, 0); ; at = nextLabel(name, at)) {
      node = this.#nodes.get(at >= name.length ? '.' : name.slice(at));
      if (node !== undefined) break;
    }
    if (node.cover !== undefined) return covered(node.cover);
    if (node.set(RecordType.DNAME) !== undefined) return { kind: FindingKind.Redirection, node };
    const { wildcard } = node;
    if (wildcard === undefined) return { kind: FindingKind.NameError, node };
    return { kind: wildcard.isEmpty ? FindingKind.EmptyNonTerminal : FindingKind.Wildcard, node: wildcard };
  }

  /** A name that is there, without regard to cuts and wildcards. */
  node(name: string): ZoneNode | undefined {
    return this.#nodes.get(name);
  }

  /** All names, in the order of the file. */
  nodes(): Iterable<ZoneNode> {
    return this.#nodes.values();
  }

  /**
   * The address records, glue too, of the names that a set of NS, MX, SRV, SVCB or HTTPS records points to, each
   * name once. Names outside of the zone have none here.
   */
  targets(set: RecordSet): readonly RecordSet[] {
    if (set.targets !== undefined) return set.targets;
    const found = new Set<RecordSet>();
    const offset = targetOffset(set.type);
    if (offset >= 0) {
      for (const { name, data } of set.records) {
        const target = targetName(data, offset);
        if (target === undefined) continue;
        // "." is the owner itself (RFC 9460, section 2.5); of other types it is no host at all.
        const owner = target === '.' && isServiceBinding(set.type) ? name : target;
        const node = this.#nodes.get(owner);
        for (const type of [RecordType.A, RecordType.AAAA]) {
          const addresses = node?.set(type);
          if (addresses !== undefined) found.add(addresses);
        }
      }
    }
    return (set.targets = [...found]);
  }
}

function covered(cover: ZoneNode): Finding {
  const isCut = cover.cover === cover;
  return { kind: isCut ? FindingKind.Delegation : FindingKind.Redirection, node: cover };
}

/** Where the name of a host stands in RDATA; -1: this type has none. */
function targetOffset(type: number): number {
  switch (type) {
    case RecordType.NS:
      return 0;
    case RecordType.MX:
    case RecordType.SVCB:
    case RecordType.HTTPS:
      return 2;
    case RecordType.SRV:
      return 6;
    default:
      return -1;
  }
}

/** Undefined where the data is malformed: what came by a transfer was not read word by word. */
function targetName(data: Uint8Array, offset: number): string | undefined {
  try {
    return nameInData(data, offset).toLowerCase();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function isServiceBinding(type: number): boolean {
  return type === RecordType.SVCB || type === RecordType.HTTPS;
}

/** The serial is the first of the five numbers at the end. */
function serialOf({ data }: ResourceRecord): number {
  return Buffer.from(data.buffer, data.byteOffset, data.length).readUInt32BE(data.length - 20);
}
