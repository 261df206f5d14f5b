import { Dependencies } from '../truth/dependencies.ts';
import { HEADER_BYTES, RecordReader } from '../wire/message.ts';
import { readName, skipName } from '../wire/name.ts';
import { FormatError } from '../wire/errors.ts';
import { RecordType } from '../wire/codes.ts';
import { NO_OPTIONS } from '../wire/edns.ts';
import type { Edns } from '../wire/edns.ts';
import { Query } from './query.ts';
import type { Arrival, Client } from './query.ts';

/** An OPT record without options: root, type, size, extended rcode, version, flags, length. */
const PLAIN_OPT_BYTES = 11;

/**
 * Reads an admitted packet.
 * @throws FormatError when its body is not what its header says
 */
export function readQuery(packet: Uint8Array, client: Client, arrival: Arrival): Query {
  const originalName = readName(packet, HEADER_BYTES);
  const at = skipName(packet, HEADER_BYTES);
  if (at + 4 > packet.length) throw new FormatError('question is cut short');
  return new Query({
    id: (packet[0]! << 8) | packet[1]!,
    flags: (packet[2]! << 8) | packet[3]!,
    name: originalName.toLowerCase(),
    originalName,
    type: (packet[at]! << 8) | packet[at + 1]!,
    class: (packet[at + 2]! << 8) | packet[at + 3]!,
    edns: readEdns(packet, at + 4),
    size: packet.length,
    client,
    arrival,
    dependencies: new Dependencies(),
    depth: 0,
  });
}

/** Nearly every query ends here, or in one plain OPT record; all others are decoded in full. */
function readEdns(packet: Uint8Array, at: number): Edns | undefined {
  const records = packet[7]! + packet[9]!;
  const additional = packet[11]!;
  if (records === 0 && additional === 0) return undefined;
  if (
    records === 0 &&
    additional === 1 &&
    at + PLAIN_OPT_BYTES === packet.length &&
    packet[at] === 0 &&
    packet[at + 1] === 0 &&
    packet[at + 2] === RecordType.OPT &&
    packet[at + 9] === 0 &&
    packet[at + 10] === 0
  ) {
    return {
      udpSize: (packet[at + 3]! << 8) | packet[at + 4]!,
      version: packet[at + 6]!,
      dnssecOk: packet[at + 7]! > 127,
      options: NO_OPTIONS,
    };
  }
  const reader = new RecordReader(packet);
  reader.questions(1);
  reader.records(records);
  reader.records(additional);
  return reader.edns;
}
