/**
 * A record: a learned answer as it travels to a worker and lies in its memory. Fixed fields first, then
 *
 * - pairs of words, for each dependency its cell and version
 * - the query, from its id on, which is 0, filled up with zeros to whole words
 * - the reply (the template), likewise
 * - halves of words: for each group of pieces their number, how many are given, the separator's length, the end of the
 *   last piece, and where each begins; then offsets of TTLs, then of serials. All count from the template's start
 */

/** Places of the fixed fields, in 32-bit words from the start of the record. Since and Until are doubles. */
export const Field = {
  /** Bytes of the record, a multiple of eight. */
  Length: 0,
  /** Of its query; the worker fills it in. */
  Hash: 1,
  /** Bits of State; the worker's. */
  State: 2,
  /** Where hits are counted. */
  Slot: 3,
  /** Where the time that they take is counted; 0: nowhere. */
  Durations: 4,
  /** Whole seconds that the template's TTLs have run down by. */
  Elapsed: 5,
  /** What the template's serials are. */
  Serial: 6,
  SerialCell: 7,
  ConfigurationCell: 8,
  ConfigurationVersion: 9,
  /** How many pairs of cell and version follow the fixed fields. */
  Dependencies: 10,
  /** How many groups of pieces there are. */
  Groups: 11,
  /** Bytes of the query, its id included. */
  QueryLength: 12,
  /** In words from the start of the record. */
  TemplateAt: 13,
  /** In bytes. */
  TemplateLength: 14,
  /** In halves from the start of the record. */
  GroupsAt: 15,
  TtlsAt: 16,
  SerialsAt: 17,
  SerialsEnd: 18,
  /** 1: somebody wants to see each hit. */
  Watched: 19,
  /** Milliseconds of the monotonic clock; NaN: TTLs stand still. */
  Since: 20,
  Until: 22,
  /** Bytes that the client gets. */
  Given: 24,
} as const;

/** Words before the pairs of cell and version. */
export const FIXED_WORDS = 26;

/** Bits of Field.State. */
export const State = {
  /** It can be found; what cannot is waiting to be dropped from the ring. */
  Live: 1,
  /** It was given since it was last looked at for eviction. */
  Recent: 2,
} as const;
