import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import { readMessage } from '../../src/wire/message.ts';
import type { Message } from '../../src/wire/message.ts';

/** What must become of a packet (spec: the accept rules). */
export type Verdict = 'silence' | 'format-error' | 'not-implemented' | 'answer';

/** Judges a packet by rules of its own: the whole message is decoded, where the server takes short cuts. */
export function verdict(packet: Uint8Array): Verdict {
  if (packet.length < 12 || (packet[2]! & 0x80) !== 0) return 'silence';
  const opcode = (packet[2]! >> 3) & 15;
  if (opcode !== 0 && opcode !== 4) return 'not-implemented';
  const view = new DataView(packet.buffer, packet.byteOffset);
  const most = [1, 1, 1, 2];
  const within = most.every((maximum, section) => view.getUint16(4 + section * 2) <= maximum);
  if (!within || view.getUint16(4) !== 1) return 'format-error';
  return decoded(packet) === undefined ? 'format-error' : 'answer';
}

/** By UDP in batches a longer query is refused by its header; by node:dgram it is answered. */
const LONGEST_IN_BATCHES = 4096;

/** What is wrong with a reply; undefined when nothing is. */
export function faultOf(packet: Uint8Array, reply: Uint8Array, protocol: 'udp' | 'tcp'): string | undefined {
  const expected = verdict(packet);
  if (expected === 'silence') return 'a reply to what is no query';
  let message: Message;
  try {
    message = readMessage(reply);
  } catch (error) {
    return `the reply does not parse: ${String(error)}`;
  }
  const query = decoded(packet);
  if (message.id !== ((packet[0]! << 8) | packet[1]!)) return 'the reply has another id';
  if ((message.flags & HeaderFlag.QR) === 0) return 'the reply is none';
  if (((message.flags >> 11) & 15) !== ((packet[2]! >> 3) & 15)) return 'the reply has another opcode';
  const mayBeRefused = protocol === 'udp' && packet.length > LONGEST_IN_BATCHES;
  if (mayBeRefused && message.rcode === Rcode.FormatError) return undefined;
  if ((message.rcode === Rcode.FormatError) !== (expected === 'format-error')) {
    return `${expected} expected, rcode ${message.rcode}`;
  }
  if ((message.rcode === Rcode.NotImplemented) !== (expected === 'not-implemented')) {
    return `${expected} expected, rcode ${message.rcode}`;
  }
  if (expected !== 'answer') return undefined;
  const limit = protocol === 'tcp' ? 65_535 : Math.max(512, query?.edns?.udpSize ?? 512);
  if (reply.length > limit) return `a reply of ${reply.length} bytes to a client that takes ${limit}`;
  return JSON.stringify(message.question) === JSON.stringify(query?.question)
    ? undefined
    : 'another question';
}

function decoded(packet: Uint8Array): Message | undefined {
  try {
    return readMessage(packet);
  } catch {
    return undefined;
  }
}
