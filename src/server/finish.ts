import { HeaderFlag } from '../wire/codes.ts';
import { echoedOptions, NO_OPTIONS, writeOptions } from '../wire/edns.ts';
import type { Edns } from '../wire/edns.ts';
import { extendedErrorOption } from '../wire/extended-error.ts';
import { bareLength } from '../wire/length.ts';
import type { Question } from '../wire/message.ts';
import { MessageWriter, OPT_BYTES } from '../wire/writer.ts';
import type { Query } from './query.ts';
import type { Reply } from './reply.ts';

/** Bytes of a UDP reply that are sure not to be fragmented; above them names are compressed (CoreDNS's figures). */
const UNFRAGMENTED_IPV4 = 1480;
const UNFRAGMENTED_IPV6 = 1220;

const OPCODE_BITS = 0x7800;
/** The bits of a QUERY that its reply repeats; of other opcodes it is the opcode alone. */
const REPEATED_FLAGS = HeaderFlag.RD | HeaderFlag.CD;

const writer = new MessageWriter();

/**
 * Turns a reply into the bytes for the client: the one place of id and question echo, EDNS (RFC 6891), size
 * limits, compression and truncation (RFC 2181, section 9).
 */
export function finish(asked: Query, reply: Reply): Buffer {
  const query = withLowerSize(asked, reply.udpSize);
  const edns = fittingEdns(query, replyEdns(query, reply));
  const reserved = edns === undefined ? 0 : OPT_BYTES + edns.options.length;
  const limit = query.sizeLimit - reserved;
  const flags = replyFlags(query, reply);
  let whole = writeSections(query, reply, flags, limit, false);
  if (!whole || (query.client.protocol === 'udp' && writer.length + reserved > unfragmented(query))) {
    whole = writeSections(query, reply, flags, limit, true);
  }
  if (!whole) writer.setFlags(flags | HeaderFlag.TC);
  if (edns !== undefined) writer.opt(edns, reply.rcode);
  const packet = Buffer.allocUnsafe(writer.length);
  writer.buffer.copy(packet, 0, 0, writer.length);
  return packet;
}

/** The query with the UDP size that a plugin lowered it to: the reply's limit, and what its OPT record says. */
function withLowerSize(query: Query, udpSize: number | undefined): Query {
  const { edns } = query;
  if (udpSize === undefined || edns === undefined || edns.udpSize <= udpSize) return query;
  return query.with({ edns: { ...edns, udpSize } });
}

/** Answers first, then authority, then additional, up to the first record that does not fit. */
function writeSections(query: Query, reply: Reply, flags: number, limit: number, compress: boolean): boolean {
  writer.begin(query.id, flags, questionOf(query), compress);
  return (
    writer.section(reply.answer, 6, limit) &&
    writer.section(reply.authority, 8, limit) &&
    writer.section(reply.additional, 10, limit)
  );
}

function questionOf(query: Query): Question {
  return { name: query.originalName, type: query.type, class: query.class };
}

function replyFlags(query: Query, reply: Reply): number {
  const opcode = query.flags & OPCODE_BITS;
  return (
    HeaderFlag.QR |
    (opcode === 0 ? query.flags & REPEATED_FLAGS : opcode) |
    (reply.authoritative ? HeaderFlag.AA : 0) |
    (reply.truncated ? HeaderFlag.TC : 0) |
    (reply.recursionAvailable ? HeaderFlag.RA : 0) |
    (reply.authenticData ? HeaderFlag.AD : 0) |
    (reply.rcode & 15)
  );
}

function unfragmented(query: Query): number {
  return query.client.family === 4 ? UNFRAGMENTED_IPV4 : UNFRAGMENTED_IPV6;
}

/** Options that alone are more than the client takes are left out. */
function fittingEdns(query: Query, edns: Edns | undefined): Edns | undefined {
  if (edns === undefined || edns.options.length === 0) return edns;
  const length = bareLength(query) + OPT_BYTES + edns.options.length;
  return length <= query.sizeLimit ? edns : { ...edns, options: NO_OPTIONS };
}

/** The OPT record of the reply, with the reason that the reply has for those who sent one. */
function replyEdns(query: Query, reply: Reply): Edns | undefined {
  const edns = ednsOf(query, reply);
  const { extendedError } = reply;
  if (extendedError === undefined || edns === undefined || query.edns === undefined) return edns;
  const reason = writeOptions([extendedErrorOption(extendedError)]);
  return { ...edns, options: Buffer.concat([edns.options, reason]) };
}

/**
 * The OPT record without the reason. A client that sent none gets one only where a plugin made it; one that did gets
 * its own back, with the options that are echoed, or the plugin's options under its own size and DO bit.
 */
function ednsOf(query: Query, reply: Reply): Edns | undefined {
  const asked = query.edns;
  if (asked === undefined) return reply.edns;
  if (reply.edns !== undefined) {
    return {
      udpSize: asked.udpSize,
      version: 0,
      dnssecOk: reply.edns.dnssecOk || asked.dnssecOk,
      options: reply.edns.options,
    };
  }
  // Nearly always: the same size and DO bit, nothing more, so the client's own record serves.
  if (asked.options.length === 0 && asked.version === 0) return asked;
  return {
    udpSize: asked.udpSize,
    version: 0,
    dnssecOk: asked.dnssecOk,
    options: asked.version === 0 ? echoedOptions(asked.options) : NO_OPTIONS,
  };
}
