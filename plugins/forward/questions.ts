import { randomFillSync } from 'node:crypto';
import { HashTable } from '../../src/plugin/hash-table.ts';
import type { Protocol, Query } from '../../src/server/query.ts';
import type { Edns } from '../../src/wire/edns.ts';
import type { Inquiry } from './inquiry.ts';

/**
 * What is in flight, by question. Two queries are one question when every byte is the same that goes upstream but the id
 * and the name's letter case, the protocol, and the size that the client can take (a part of its OPT record). So nobody
 * gets an answer that was made for another's options.
 */
export class Questions {
  readonly #inquiries = new HashTable<Inquiry>();

  find(query: Query, protocol: Protocol): Inquiry | undefined {
    let inquiry = this.#inquiries.first(questionHash(query));
    while (inquiry !== undefined && (inquiry.protocol !== protocol || !isSame(inquiry.query, query))) {
      inquiry = inquiry.next;
    }
    return inquiry;
  }

  add(inquiry: Inquiry): void {
    this.#inquiries.add(inquiry);
  }

  delete(inquiry: Inquiry): void {
    this.#inquiries.delete(inquiry);
  }

  values(): readonly Inquiry[] {
    return this.#inquiries.values();
  }
}

/** Secret odd numbers: nobody can choose questions of one name that share a hash. */
const [TYPE = 1, FLAGS = 1, SIZE = 1, OPTION = 1] = randomFillSync(new Int32Array(4)).map(
  (number) => number | 1,
);

/** The same for all queries that are one question. */
export function questionHash({ nameHash, type, class: recordClass, flags, edns }: Query): number {
  const hash = nameHash + Math.imul(type | (recordClass << 16), TYPE) + Math.imul(flags, FLAGS);
  if (edns === undefined) return hash | 0;
  let options = 0;
  for (const byte of edns.options) options = Math.imul(options ^ byte, OPTION);
  return (hash + Math.imul(edns.udpSize + 1, SIZE) + options) | 0;
}

function isSame(one: Query, other: Query): boolean {
  return (
    one.name === other.name &&
    one.type === other.type &&
    one.class === other.class &&
    one.flags === other.flags &&
    isSameEdns(one.edns, other.edns)
  );
}

function isSameEdns(one: Edns | undefined, other: Edns | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.udpSize === other.udpSize &&
    one.version === other.version &&
    one.dnssecOk === other.dnssecOk &&
    (one.options === other.options || Buffer.compare(one.options, other.options) === 0)
  );
}
