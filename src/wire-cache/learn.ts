import { finish } from '../server/finish.ts';
import type { GivenReply, Repeat } from '../server/repeat.ts';
import type { VersionCells } from '../truth/version-cells.ts';
import { RecordType } from '../wire/codes.ts';
import { FormatError } from '../wire/errors.ts';
import { HEADER_BYTES } from '../wire/message.ts';
import { MAXIMUM_RECORD_BYTES, recordLength } from './learned-answer.ts';
import type { CellVersion, LearnedAnswer } from './learned-answer.ts';
import { isPlain } from './plain-query.ts';
import { countersOf } from './repeatability.ts';
import type { Permission } from './repeatability.ts';
import { readLayout } from './reply-layout.ts';
import type { RecordPlace } from './reply-layout.ts';
import { cutTemplate, findGroups, isVaried } from './varied-groups.ts';
import type { VariedTemplate } from './varied-groups.ts';

/** Serial, refresh, retry, expire and minimum, at the end of SOA data (RFC 1035, section 3.3.13). */
const SOA_NUMBERS_BYTES = 20;

/** Why a reply is not learned; label of a metric. */
export type Refusal =
  /** Of its server block. */
  | 'not allowed'
  /** It has no `repeat`, or failed, or there was none. */
  | 'not its own repeat'
  /** The query is not plain, asks for a transfer, or did not come by UDP. */
  | 'not plain'
  /** It has EDNS options, or is otherwise not as a reply to a plain query should be. */
  | 'odd reply'
  /** It was made from more than can be followed, or through other server blocks. */
  | 'too much consulted'
  /** Something changed, or its time ran out, while it was made. */
  | 'outdated'
  /** Nobody may keep it. */
  | 'no time to live'
  /** Its records cannot change places. */
  | 'not variable'
  | 'too large';

/** What is needed to judge replies of a server block. */
export interface LearningTerms {
  readonly permission: Permission;
  readonly cells: VersionCells;
  /** The configuration's own cell, with the version that it had when the configuration began to serve. */
  readonly configuration: CellVersion;
}

/**
 * Makes a learned answer of a reply, or says why it is none: whatever is not provably given again in the same way.
 * @param now milliseconds of the monotonic clock
 */
export function learn(given: GivenReply, terms: LearningTerms, now: number): LearnedAnswer | Refusal {
  const { packet, query, reply, bytes } = given;
  const { permission, cells, configuration } = terms;
  const { repeat } = reply;
  if (!permission.allowed) return 'not allowed';
  if (repeat === undefined || reply.error !== undefined) return 'not its own repeat';
  if (query.client.protocol !== 'udp' || query.depth > 0 || !isPlain(packet, 0, packet.length)) {
    return 'not plain';
  }
  // The order of a transfer's records has a meaning (RFC 5936, section 2.2; RFC 1995, section 4).
  if (query.type === RecordType.AXFR || query.type === RecordType.IXFR) return 'not plain';
  const { dependencies } = query;
  if (dependencies.overflowed || dependencies.crossedBlocks) return 'too much consulted';
  if (cells.version(configuration.cell) !== configuration.version || !dependencies.hold(cells))
    return 'outdated';

  const found = templateOf(given, permission.varied);
  if (typeof found === 'string') return found;
  const { template, layout, groups } = found;
  const { records } = layout;
  if (!isSameQuestion(packet, bytes, layout.questionEnd)) return 'odd reply';
  if (records.some(({ ttl }) => ttl <= 0)) return 'no time to live';
  const until = endOf(repeat, records);
  if (now >= until) return 'outdated';
  const serials = repeat.serialCell === undefined ? [] : serialsOf(records);
  const serial = serials.length === 0 ? 0 : readWord32(template, serials[0]!);
  if (serials.some((offset) => readWord32(template, offset) !== serial)) return 'odd reply';

  const answer: LearnedAnswer = {
    query: packet,
    template,
    ttls: records.map(({ fields }) => fields + 4),
    serials,
    serialCell: serials.length === 0 ? 0 : repeat.serialCell!,
    serial,
    since: repeat.running?.since,
    elapsed: repeat.running?.elapsed ?? 0,
    until,
    configuration,
    dependencies: dependencies.cells.map((cell, index) => ({ cell, version: dependencies.versions[index]! })),
    groups,
    counters: countersOf(permission.observers, query, reply),
    watchers: repeat.watchers ?? [],
  };
  return recordLength(answer) > MAXIMUM_RECORD_BYTES ? 'too large' : answer;
}

/** The reply as it will be given, with the places of its records, and which of them change places. */
function templateOf({ query, reply, bytes }: GivenReply, varied: boolean): VariedTemplate | Refusal {
  try {
    const layout = readLayout(bytes);
    const { answer, authority, additional } = reply;
    if (!varied || ![answer, authority, additional].some(isVaried))
      return { template: bytes, layout, groups: [] };
    if (layout.truncated) {
      const whole = finish(query.with({ client: { ...query.client, protocol: 'tcp' } }), reply);
      return cutTemplate(bytes, whole) ?? 'not variable';
    }
    const groups = findGroups(layout);
    return groups === undefined ? 'not variable' : { template: bytes, layout, groups };
  } catch (error) {
    if (error instanceof FormatError) return 'odd reply';
    throw error;
  }
}

/** The moment when the reply is not given any more, at the latest when the first TTL has run down to 0. */
function endOf({ running, until = Infinity }: Repeat, records: readonly RecordPlace[]): number {
  if (running === undefined) return until;
  let shortest = Infinity;
  for (const { ttl } of records) shortest = Math.min(shortest, ttl);
  return Math.min(until, running.since + (running.elapsed + shortest) * 1000);
}

function serialsOf(records: readonly RecordPlace[]): number[] {
  return records.filter(({ type }) => type === RecordType.SOA).map(({ end }) => end - SOA_NUMBERS_BYTES);
}

function isSameQuestion(packet: Uint8Array, reply: Uint8Array, end: number): boolean {
  const asked = packet.subarray(HEADER_BYTES, end);
  return Buffer.compare(asked, reply.subarray(HEADER_BYTES, end)) === 0;
}

function readWord32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
