import { HeaderFlag } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { HEADER_BYTES, readMessage } from '../wire/message.ts';
import type { Message, Question } from '../wire/message.ts';
import { MAXIMUM_NAME_BYTES, writeName } from '../wire/name.ts';

/** Why a datagram, or what it says, was not believed. Label of a metric. */
export type DropReason = 'nobody' | 'header' | 'question' | 'case' | 'oversize' | 'malformed';

/** How the question of a reply compares with the one that was asked. */
export type QuestionMatch = 'same' | 'case' | 'missing' | 'other';

/** A question as it stands behind a header; made again for each reply, since far more queries wait than replies come. */
const asked = new Uint8Array(HEADER_BYTES + MAXIMUM_NAME_BYTES + 6);

/** Compares the question of a reply with that of the query, byte by byte. @param name in the letter case of the query */
export function matchQuestion(reply: Uint8Array, question: Question, name: string): QuestionMatch {
  const count = (reply[4]! << 8) | reply[5]!;
  // Some servers leave the question out when they refuse; that is an answer too.
  if (count === 0) return (reply[3]! & 15) !== 0 ? 'missing' : 'other';
  const nameEnd = writeName(name, asked, HEADER_BYTES);
  const end = nameEnd + 4;
  if (count !== 1 || reply.length < end) return 'other';
  asked[nameEnd] = question.type >> 8;
  asked[nameEnd + 1] = question.type;
  asked[nameEnd + 2] = question.class >> 8;
  asked[nameEnd + 3] = question.class;
  let match: QuestionMatch = 'same';
  for (let at = HEADER_BYTES; at < end; at++) {
    const difference = reply[at]! ^ asked[at]!;
    if (difference === 0) continue;
    // Lengths of labels are below 64, so a letter can only stand for a letter.
    const letter = asked[at]! | 0x20;
    if (at >= nameEnd || difference !== 0x20 || letter < 97 || letter > 122) return 'other';
    match = 'case';
  }
  return match;
}

/** Puts the name as the client wrote it into a reply: pointers to it, all over the message, then mean that one. */
export function restoreQuestion(reply: Uint8Array, name: string): void {
  writeName(name, reply, HEADER_BYTES);
}

/**
 * Reads a datagram whose question is right. What cannot be believed whole (cut off, bytes behind its end, longer than
 * was allowed) counts as truncated, without records: TCP will bring the true ones.
 * @param isRepeated whether the very question stands in it
 * @param largest bytes that the query allowed
 */
export function readDatagram(
  bytes: Uint8Array,
  question: Question,
  isRepeated: boolean,
  largest: number,
  dropped: (reason: DropReason) => void,
): Message {
  if (bytes.length > largest) {
    dropped('oversize');
    return truncated(bytes, question);
  }
  try {
    return readMessage(bytes, true, isRepeated ? question : undefined);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    dropped('malformed');
    return truncated(bytes, question);
  }
}

function truncated(bytes: Uint8Array, question: Question): Message {
  const flags = (bytes[2]! << 8) | bytes[3]! | HeaderFlag.TC;
  return {
    id: (bytes[0]! << 8) | bytes[1]!,
    flags,
    rcode: flags & 15,
    question,
    answer: [],
    authority: [],
    additional: [],
    edns: undefined,
  };
}
