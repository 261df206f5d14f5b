import { HeaderFlag, RecordClass } from '../wire/codes.ts';
import { NO_OPTIONS } from '../wire/edns.ts';
import { nameLength } from '../wire/name.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { MessageWriter, OPT_BYTES } from '../wire/writer.ts';
import { TOP_BIT } from './message.ts';
import type { LinkQuestion, LinkRecord } from './message.ts';

/** What fits into a frame of Ethernet with any headers of IP (RFC 6762, section 17). One record may be longer. */
const PACKET_BYTES = 1440;
/** Longest packet at all: 9000 bytes, less the headers of IPv6 and UDP (section 17). */
const LARGEST_PACKET_BYTES = 9000 - 40 - 8;
/** Longest data of one record: header, name and options have room beside it in any case. */
const LONGEST_DATA = 8500;
/** The UDP size that an OPT record of ours names. */
const UDP_SIZE = 1440;
/** Longest time to live, in seconds, that a legacy client is told (RFC 6762, section 6.7). */
const LEGACY_TTL = 10;
/** Type and class of a question. */
const QUESTION_BYTES = 4;
/** Questions of a packet: the writer counts in a byte. */
const MOST_QUESTIONS = 255;

const ANSWERS_AT = 6;
const AUTHORITY_AT = 8;
const ADDITIONAL_AT = 10;

const writer = new MessageWriter();

/**
 * A query in as many packets as it takes, without cache-flush bits (RFC 6762, section 10.2). Known answers that do not fit follow in packets of their own, each but the
 * last marked as truncated (RFC 6762, section 7.2).
 * @param claims what a prober is about to claim (section 8.2); such queries are short
 */
export function queryPackets(
  questions: readonly LinkQuestion[],
  knownAnswers: readonly LinkRecord[] = [],
  claims: readonly LinkRecord[] = [],
): Buffer[] {
  const packets: Buffer[] = [];
  let asked = 0;
  let known = knownAnswers.filter(isOfSize);
  do {
    writer.begin(0, 0, undefined, true);
    asked = writeQuestions(questions, asked);
    const isLastQuestion = asked === questions.length;
    if (isLastQuestion) {
      known = known.slice(writeRecords(known, ANSWERS_AT));
      if (known.length > 0) writer.setFlags(HeaderFlag.TC);
      writer.section(claims, AUTHORITY_AT, LARGEST_PACKET_BYTES);
    }
    packets.push(written());
  } while (asked < questions.length || known.length > 0);
  return packets;
}

/**
 * A response in as many packets as it takes; additional records only where there is room in the last.
 * @param options of an OPT record in each packet, in wire form; none where empty
 */
export function responsePackets(
  answers: readonly LinkRecord[],
  additional: readonly LinkRecord[] = [],
  options: Uint8Array = NO_OPTIONS,
): Buffer[] {
  const packets: Buffer[] = [];
  const room = PACKET_BYTES - (options.length === 0 ? 0 : OPT_BYTES + options.length);
  let rest = answers.filter(isOfSize).map(onTheWire);
  do {
    writer.begin(0, HeaderFlag.QR | HeaderFlag.AA, undefined, true);
    rest = rest.slice(writeRecords(rest, ANSWERS_AT, room));
    if (rest.length === 0) writer.section(additional.map(onTheWire), ADDITIONAL_AT, room);
    if (options.length > 0) writer.opt({ udpSize: UDP_SIZE, version: 0, dnssecOk: false, options }, 0);
    packets.push(written());
  } while (rest.length > 0);
  return packets;
}

/**
 * The reply to a client that is no mDNS querier, as any DNS server would send it: its id and questions, no
 * cache-flush bits, short times to live (RFC 6762, section 6.7). What does not fit is cut, and said to be.
 */
export function legacyPacket(
  id: number,
  questions: readonly LinkQuestion[],
  answers: readonly LinkRecord[],
  additional: readonly LinkRecord[] = [],
): Buffer {
  writer.begin(id, HeaderFlag.QR | HeaderFlag.AA, undefined, true);
  for (const { name, type } of questions) writer.question({ name, type, class: RecordClass.IN });
  if (writer.section(answers.map(forLegacy), ANSWERS_AT, PACKET_BYTES)) {
    writer.section(additional.map(forLegacy), ADDITIONAL_AT, PACKET_BYTES);
  } else writer.setFlags(HeaderFlag.QR | HeaderFlag.AA | HeaderFlag.TC);
  return written();
}

/** @returns how many questions are written, of all */
function writeQuestions(questions: readonly LinkQuestion[], from: number): number {
  let at = from;
  for (; at < questions.length && at - from < MOST_QUESTIONS; at++) {
    const { name, type, unicast } = questions[at]!;
    if (at > from && writer.length + nameLength(name) + QUESTION_BYTES > PACKET_BYTES) break;
    writer.question({ name, type, class: RecordClass.IN | (unicast ? TOP_BIT : 0) });
  }
  return at;
}

/**
 * Writes what fits, and the first record in any case where nothing else is in the packet: else it never would be.
 * @returns how many were written
 */
function writeRecords(records: readonly ResourceRecord[], countAt: 6, room = PACKET_BYTES): number {
  if (records.length === 0) return 0;
  const isEmpty = writer.buffer[5] === 0;
  writer.section(records, countAt, room);
  let count = (writer.buffer[countAt]! << 8) | writer.buffer[countAt + 1]!;
  if (count === 0 && isEmpty) {
    writer.section(records.slice(0, 1), countAt, LARGEST_PACKET_BYTES);
    count = 1;
  }
  return count;
}

/** Longer ones are never sent. */
function isOfSize({ data }: LinkRecord): boolean {
  return data.length <= LONGEST_DATA;
}

function onTheWire(record: LinkRecord): ResourceRecord {
  return record.unique ? { ...record, class: record.class | TOP_BIT } : record;
}

function forLegacy(record: LinkRecord): ResourceRecord {
  return record.ttl > LEGACY_TTL ? { ...record, ttl: LEGACY_TTL } : record;
}

function written(): Buffer {
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}
