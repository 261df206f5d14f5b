import type { HitCounter, RepeatWatcher } from '../server/repeat.ts';
import type { VersionCell } from '../truth/version-cells.ts';
import { ID_BYTES } from './plain-query.ts';
import { Field, FIXED_WORDS } from './record-layout.ts';
import { RECORD_ALIGNMENT } from './record-ring.ts';

/** An answer that may be given again, as it is made on the main thread. */
export interface LearnedAnswer {
  /** The query as it came; its id does not count. */
  readonly query: Uint8Array;
  /** The reply, its groups uncut. Its id does not count. */
  readonly template: Uint8Array;
  /** Offsets of 32-bit TTLs in the template. */
  readonly ttls: readonly number[];
  /** Offsets of 32-bit SOA serials in the template, all of which follow `serialCell`. */
  readonly serials: readonly number[];
  readonly serialCell: VersionCell;
  /** What the serials are now. */
  readonly serial: number;
  /** Milliseconds of the monotonic clock that TTLs run down from; undefined: they stand still. */
  readonly since: number | undefined;
  /** Whole seconds that the template's TTLs have run down already. */
  readonly elapsed: number;
  /** Not given from then on: milliseconds of the monotonic clock; Infinity: for ever. */
  readonly until: number;
  readonly configuration: CellVersion;
  /** What the answer was made from; as many as Dependencies can hold. */
  readonly dependencies: readonly CellVersion[];
  readonly groups: readonly VariedGroup[];
  readonly counters: readonly HitCounter[];
  /** Those that see each hit. */
  readonly watchers: readonly RepeatWatcher[];
}

/** A cell with the version that it had before anything was read. */
export interface CellVersion {
  readonly cell: VersionCell;
  readonly version: number;
}

/**
 * Pieces of a template, one after the other, that are given from a drawn start: whole records, or records but for
 * their owner name where that is a pointer of two bytes, the same for all, which then stands between the pieces.
 */
export interface VariedGroup {
  /** Where each piece begins; two at least. */
  readonly starts: readonly number[];
  /** Where the last piece ends. */
  readonly end: number;
  /** Bytes between one piece and the next: 0 or 2. */
  readonly separator: 0 | 2;
  /** How many pieces the client gets; less than there are only where all are equally long. */
  readonly given: number;
}

/** Bytes that an answer takes as a record. */
export function recordLength(answer: LearnedAnswer): number {
  const { query, template, ttls, serials, dependencies, groups } = answer;
  let halves = ttls.length + serials.length;
  for (const { starts } of groups) halves += 4 + starts.length;
  const words =
    FIXED_WORDS + 2 * dependencies.length + wordsOf(query.length) + wordsOf(template.length) + halves / 2;
  return Math.ceil((words * 4) / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}

/** The longest record: its parts are found by offsets of 16 bits. */
export const MAXIMUM_RECORD_BYTES = 65_528;

/**
 * Writes an answer as it travels to a worker and lies in its memory; see record-layout.ts.
 * @param offset a multiple of RECORD_ALIGNMENT
 * @param slot where the worker counts its hits
 * @param durations where it counts the time that they took; 0: nowhere
 * @returns the length, recordLength(answer), at most MAXIMUM_RECORD_BYTES
 */
export function writeRecord(
  answer: LearnedAnswer,
  target: ArrayBuffer,
  offset: number,
  slot: number,
  durations: number,
): number {
  const length = recordLength(answer);
  const words = new Int32Array(target, offset, length >> 2);
  const halves = new Uint16Array(target, offset, length >> 1);
  const bytes = new Uint8Array(target, offset, length);
  const doubles = new Float64Array(target, offset, length >> 3);
  const { dependencies, groups, ttls, serials, query, template } = answer;

  words[Field.Length] = length;
  words[Field.Slot] = slot;
  words[Field.Durations] = durations;
  words[Field.Elapsed] = answer.elapsed;
  words[Field.Serial] = answer.serial;
  words[Field.SerialCell] = answer.serialCell;
  words[Field.ConfigurationCell] = answer.configuration.cell;
  words[Field.ConfigurationVersion] = answer.configuration.version;
  words[Field.Dependencies] = dependencies.length;
  words[Field.Groups] = groups.length;
  words[Field.QueryLength] = query.length;
  words[Field.TemplateLength] = template.length;
  words[Field.Given] = givenLength(answer);
  words[Field.Watched] = answer.watchers.length === 0 ? 0 : 1;
  doubles[Field.Since / 2] = answer.since ?? NaN;
  doubles[Field.Until / 2] = answer.until;

  let at = FIXED_WORDS;
  for (const { cell, version } of dependencies) {
    words[at++] = cell;
    words[at++] = version;
  }
  bytes.set(query.subarray(ID_BYTES), at * 4 + ID_BYTES);
  at += wordsOf(query.length);
  words[Field.TemplateAt] = at;
  bytes.set(template.subarray(ID_BYTES), at * 4 + ID_BYTES);
  at += wordsOf(template.length);

  let half = at * 2;
  words[Field.GroupsAt] = half;
  for (const { starts, end, separator, given } of groups) {
    halves.set([starts.length, given, separator, end, ...starts], half);
    half += 4 + starts.length;
  }
  words[Field.TtlsAt] = half;
  halves.set(ttls, half);
  half += ttls.length;
  words[Field.SerialsAt] = half;
  halves.set(serials, half);
  words[Field.SerialsEnd] = half + serials.length;
  return length;
}

function wordsOf(bytes: number): number {
  return (bytes + 3) >> 2;
}

/** Bytes that the client gets. Where a group is cut its pieces are equally long; where it is not, nothing is taken off. */
function givenLength({ template, groups }: LearnedAnswer): number {
  let length = template.length;
  for (const { starts, given } of groups) length -= (starts.length - given) * (starts[1]! - starts[0]!);
  return length;
}
