import type { Edns } from './edns.ts';
import type { Question } from './message.ts';
import { MessageWriter } from './writer.ts';

const writer = new MessageWriter();

/** What a query to another server is made of. */
export interface QueryParts {
  readonly id: number;
  /** The header's flags word; RD, AD and CD are what matters. */
  readonly flags: number;
  readonly question: Question;
  readonly edns: Edns | undefined;
}

/** The bytes of a query, in a buffer of their own. */
export function writeQuery(parts: QueryParts): Buffer {
  writer.begin(parts.id, parts.flags, parts.question, false);
  if (parts.edns !== undefined) writer.opt(parts.edns, 0);
  const packet = Buffer.allocUnsafe(writer.length);
  writer.buffer.copy(packet, 0, 0, writer.length);
  return packet;
}
