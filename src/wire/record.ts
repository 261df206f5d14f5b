/**
 * A resource record (RFC 1035, section 4.1.3).
 *
 * Names are in presentation form, fully qualified, with the letter case that they had (`Web.example.org.`);
 * a dot or backslash within a label is escaped as `\.` or `\\`, bytes that do not print as `\DDD`
 * (RFC 4343, section 2.1). Record data is kept as it goes on the wire, with names in it uncompressed: to answer is
 * then to copy bytes, and a type that nobody here knows passes unharmed (RFC 3597).
 */
export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  /** RDATA in wire form, names in it uncompressed. Never written to by anyone. */
  readonly data: Uint8Array;
}

/** The records with that TTL, in seconds: the very same where they have it already. */
export function withTtl(records: readonly ResourceRecord[], ttl: number): readonly ResourceRecord[] {
  for (let index = 0; index < records.length; index++) {
    if (records[index]!.ttl !== ttl) return changed(records, ttl);
  }
  return records;
}

/** Nearly always there is one: with `map` and a spread it takes three times the memory. */
function changed(records: readonly ResourceRecord[], ttl: number): readonly ResourceRecord[] {
  const first = withOwnTtl(records[0]!, ttl);
  if (records.length === 1) return [first];
  return records.map((record, index) => (index === 0 ? first : withOwnTtl(record, ttl)));
}

function withOwnTtl({ name, type, class: recordClass, data }: ResourceRecord, ttl: number): ResourceRecord {
  return { name, type, class: recordClass, ttl, data };
}
