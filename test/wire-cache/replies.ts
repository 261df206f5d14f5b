import { HeaderFlag, RecordType } from '../../src/wire/codes.ts';
import { readMessage } from '../../src/wire/message.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/** Whether a reply was cut to size. */
export function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & HeaderFlag.TC) !== 0;
}

/**
 * A reply without its order of records: its header and length as they are, its records sorted. Of one that was cut
 * only types and TTLs count, for whose addresses are in it is drawn; `recordsOf` has them.
 */
export function withoutOrder(reply: Buffer): string {
  const { answer, authority, additional, edns } = readMessage(reply);
  const isCut = isTruncated(reply);
  const sections = [answer, authority, additional].map((records) =>
    records.map((record) => (isCut ? `${record.type} ${record.ttl}` : textOf(record))).sort(),
  );
  const options = edns && [edns.udpSize, edns.dnssecOk, Buffer.from(edns.options).toString('hex')];
  return JSON.stringify([reply.toString('hex', 0, 12), reply.length, options, sections]);
}

/** All records of a reply, without their TTLs, and without letter case: that is of who asked for what is kept. */
export function recordsOf(reply: Buffer): string[] {
  const { answer, authority, additional } = readMessage(reply);
  return [...answer, ...authority, ...additional].map((record) =>
    textOf({ ...record, name: record.name.toLowerCase(), ttl: 0 }),
  );
}

/** What a reply says, whoever kept it and for how long: the code and the data, but no SOA, whose serial may be old. */
export function meaningOf(reply: Buffer): string {
  const { rcode, answer, additional } = readMessage(reply);
  const records = [...answer, ...additional]
    .filter(({ type }) => type !== RecordType.SOA)
    .map(
      (record) => `${record.name.toLowerCase()} ${record.type} ${Buffer.from(record.data).toString('hex')}`,
    );
  return JSON.stringify([rcode, records.sort()]);
}

function textOf({ name, type, class: of, ttl, data }: ResourceRecord): string {
  return `${name} ${type} ${of} ${ttl} ${Buffer.from(data).toString('hex')}`;
}
