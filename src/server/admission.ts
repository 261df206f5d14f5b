import { HeaderFlag, Opcode, Rcode } from '../wire/codes.ts';
import { HEADER_BYTES } from '../wire/message.ts';
import { nameLength, readName, skipName } from '../wire/name.ts';

/** Type and class of a question. */
const QUESTION_BYTES = 4;

/** What becomes of a packet, judged by its header alone. */
export type Admission = 'accept' | 'ignore' | 'format-error' | 'not-implemented';

/**
 * Decides on the twelve bytes of the header, before anything is parsed:
 * what is no query is ignored, so that two servers never answer each other for ever.
 */
export function admit(packet: Uint8Array): Admission {
  if (packet.length < HEADER_BYTES || packet[2]! > 127) return 'ignore';
  const opcode = (packet[2]! >> 3) & 15;
  if (opcode !== Opcode.Query && opcode !== Opcode.Notify) return 'not-implemented';
  const questions = (packet[4]! << 8) | packet[5]!;
  const answers = (packet[6]! << 8) | packet[7]!;
  const authorities = (packet[8]! << 8) | packet[9]!;
  const additionals = (packet[10]! << 8) | packet[11]!;
  if (questions !== 1 || answers > 1 || authorities > 1 || additionals > 2) return 'format-error';
  return 'accept';
}

/** A reply of a header alone: that of the query, with QR, `rcode` and no records. */
export function refusal(packet: Uint8Array, rcode: number): Buffer {
  const reply = Buffer.alloc(HEADER_BYTES);
  reply.set(packet.subarray(0, 4));
  reply[2] = reply[2]! | (HeaderFlag.QR >> 8);
  reply[3] = (reply[3]! & 0xf0) | rcode;
  return reply;
}

/** The reply to a packet whose body is not what its header says: with its question, where that can be read. */
export function malformed(packet: Uint8Array): Buffer {
  const reply = refusal(packet, Rcode.FormatError);
  const end = questionEnd(packet);
  if (end > packet.length) return reply;
  reply[5] = 1;
  return Buffer.concat([reply, packet.subarray(HEADER_BYTES, end)]);
}

/** Beyond the packet when the question cannot be read, or would not stand on its own. */
function questionEnd(packet: Uint8Array): number {
  try {
    const length = nameLength(readName(packet, HEADER_BYTES));
    const end = skipName(packet, HEADER_BYTES);
    return end - HEADER_BYTES === length ? end + QUESTION_BYTES : Infinity;
  } catch {
    return Infinity;
  }
}

/** The rcode that an admission is answered with. */
export function admissionRcode(admission: 'format-error' | 'not-implemented'): number {
  return admission === 'format-error' ? Rcode.FormatError : Rcode.NotImplemented;
}
