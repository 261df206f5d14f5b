import { didYouMean } from '../corefile/nearest.ts';
import { classFromName, className, RecordClass, RecordType, typeFromName, typeName } from '../wire/codes.ts';
import { dataFields } from '../wire/data-fields.ts';
import { FormatError } from '../wire/errors.ts';
import { parseRecordData, recordDataText } from '../wire/presentation.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { Word } from '../wire/words.ts';
import { EntryReader } from './entry-reader.ts';
import type { Entry } from './entry-reader.ts';
import { generate } from './generate.ts';
import { absoluteName, ownName, storedName } from './origin-names.ts';
import { expectTimeToLive, timeToLive } from './time-to-live.ts';
import { ZoneFileError } from './zone-file-error.ts';

/** `$INCLUDE`: the records of another file belong here. */
export class Include {
  /** As written. */
  readonly path: string;
  readonly origin: string;
  /** Of records in it that have none; undefined: it must say so itself. */
  readonly ttl: number | undefined;

  constructor(path: string, origin: string, ttl: number | undefined) {
    this.path = path;
    this.origin = origin;
    this.ttl = ttl;
  }
}

const DIRECTIVES = ['$ORIGIN', '$TTL', '$INCLUDE', '$GENERATE'];

/** Types whose names in RDATA are stored in lower case, as CoreDNS stores them. */
const LOWER_CASE_DATA: ReadonlySet<number> = new Set([
  RecordType.NS,
  RecordType.CNAME,
  RecordType.MX,
  RecordType.SOA,
  RecordType.SVCB,
  RecordType.HTTPS,
]);

/**
 * Reads the text of one zone file (RFC 1035, section 5; RFC 2308, section 4 for `$TTL`; RFC 3597 for unknown types).
 * Other files are not opened: an `Include` says that they are wanted.
 */
export class ZoneFileReader {
  readonly #file: string;
  readonly #entries: EntryReader;
  #origin: string;
  /** Of `$TTL`, which counts before the last one given. */
  #defaultTtl: number | undefined;
  #lastTtl: number | undefined;
  #owner: string | undefined;
  #line = 1;

  /**
   * @param text each character is a byte
   * @param file for messages
   * @param origin fully qualified; names without a last dot are below it
   * @param ttl seconds, for records without one; as if `$TTL` stood in front
   */
  constructor(text: string, file: string, origin: string, ttl?: number) {
    this.#entries = new EntryReader(text);
    this.#file = file;
    this.#origin = origin;
    this.#defaultTtl = ttl;
  }

  /** The line of what was read last, counted from 1. */
  get line(): number {
    return this.#line;
  }

  /**
   * The records in order.
   * @throws ZoneFileError at the line that is wrong
   */
  *records(): Generator<ResourceRecord | Include, undefined> {
    try {
      for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
        const first = entry.words[0]!;
        if (first.quoted || entry.indented || !first.text.startsWith('$')) yield this.#record(entry);
        else yield* this.#directive(first.text, entry.words.slice(1));
      }
      return undefined;
    } catch (error) {
      throw error instanceof FormatError ? this.error(error.message, { cause: error }) : error;
    }
  }

  #next(): Entry | undefined {
    let entry: Entry | undefined;
    try {
      entry = this.#entries.next();
    } finally {
      this.#line = entry?.line ?? this.#entries.line;
    }
    return entry;
  }

  /** An error at the line that was read last. */
  error(detail: string, options?: ErrorOptions): ZoneFileError {
    return new ZoneFileError({ file: this.#file, line: this.#line }, detail, options);
  }

  *#directive(name: string, words: readonly Word[]): Generator<ResourceRecord | Include> {
    const [first, second] = words;
    switch (name.toUpperCase()) {
      case '$ORIGIN':
        expectCount(name, words, 1, 1, 'NAME');
        this.#origin = storedName(first!.text, this.#origin);
        return;
      case '$TTL':
        expectCount(name, words, 1, 1, 'TIME');
        this.#defaultTtl = expectTimeToLive(first!.text);
        return;
      case '$INCLUDE': {
        expectCount(name, words, 1, 2, 'FILE [ORIGIN]');
        const origin = second === undefined ? this.#origin : storedName(second.text, this.#origin);
        yield new Include(first!.text, origin, this.#defaultTtl ?? this.#lastTtl);
        return;
      }
      case '$GENERATE': {
        expectCount(name, words, 4, Infinity, 'RANGE OWNER [TTL] [CLASS] TYPE DATA...');
        const line = this.#line;
        for (const made of generate(words)) yield this.#record({ line, indented: false, words: made });
        return;
      }
      default: {
        const nearest = didYouMean(name, DIRECTIVES);
        throw new FormatError(`unknown directive '${name}'${nearest}; valid are ${DIRECTIVES.join(', ')}`);
      }
    }
  }

  #record({ indented, words }: Entry): ResourceRecord {
    let at = 0;
    if (!indented) this.#owner = ownName(words[at++]!.text, this.#origin);
    if (this.#owner === undefined) throw new FormatError('the first record has no owner to repeat');
    let ttl: number | undefined;
    let classSeen = false;
    let type: number | undefined;
    while (type === undefined) {
      const word = words[at++]?.text;
      if (word === undefined) throw new FormatError(`expected a type after '${words.at(-1)!.text}'`);
      const code = word.charCodeAt(0);
      if (ttl === undefined && code > 47 && code < 58) ttl = expectTimeToLive(word);
      else if (!classSeen && isClass(word)) classSeen = true;
      else type = readType(word);
    }
    const data = this.#data(type, words.slice(at));
    const name = type === RecordType.SRV ? this.#owner : this.#owner.toLowerCase();
    return { name, type, class: RecordClass.IN, ttl: this.#ttl(ttl, type, data), data };
  }

  #ttl(given: number | undefined, type: number, data: Uint8Array): number {
    if (given !== undefined) return (this.#lastTtl = given);
    const usual = this.#defaultTtl ?? this.#lastTtl;
    if (usual !== undefined) return usual;
    if (type !== RecordType.SOA)
      throw new FormatError('the record has no TTL, and neither $TTL nor a record before gives one');
    // As BIND does: a zone without any TTL has that of its SOA's MINIMUM, what the field once meant.
    const minimum = Buffer.from(data.buffer, data.byteOffset, data.length).readUInt32BE(data.length - 4);
    return (this.#lastTtl = Math.min(minimum, 0x7fff_ffff));
  }

  #data(type: number, words: Word[]): Uint8Array {
    const fields = dataFields(type);
    if (fields === undefined) return parseRecordData(type, words);
    if (words[0]?.text === '\\#' && !words[0].quoted) {
      const data = parseRecordData(type, words);
      // What is known must be well-formed in this disguise too (RFC 3597, section 5).
      if (!recordDataText(type, data).startsWith('\\#')) return data;
      throw new FormatError(`this is no data of type ${typeName(type)}`);
    }
    const lower = LOWER_CASE_DATA.has(type);
    for (let index = 0; index < fields.length && index < words.length; index++) {
      const { text } = words[index]!;
      if (fields[index] === 'name') {
        const name = lower ? storedName(text, this.#origin) : absoluteName(text, this.#origin);
        words[index] = { text: name, quoted: false };
      } else if (type === RecordType.SOA && index > 2) {
        const seconds = timeToLive(text, 0xffff_ffff);
        if (seconds !== undefined) words[index] = { text: String(seconds), quoted: false };
      }
    }
    return parseRecordData(type, words);
  }
}

function expectCount(name: string, words: readonly Word[], least: number, most: number, usage: string): void {
  if (words.length >= least && words.length <= most) return;
  throw new FormatError(`expected ${name.toUpperCase()} ${usage}`);
}

/** A zone has one class; here it is always IN. */
function isClass(word: string): boolean {
  if (word === 'IN') return true;
  const recordClass = typeFromName(word) === undefined ? classFromName(word) : undefined;
  if (recordClass === undefined) return false;
  if (recordClass === RecordClass.IN) return true;
  throw new FormatError(`class ${className(recordClass)} does not belong into a zone of class IN`);
}

function readType(word: string): number {
  const type = typeFromName(word);
  if (type === undefined) throw new FormatError(`unknown type '${word}'`);
  // Types of questions and of messages alone (RFC 6895, section 3.1).
  if (type === 0 || type === RecordType.OPT || (type >= 128 && type <= 255)) {
    throw new FormatError(`records of type ${word} do not belong into a zone`);
  }
  return type;
}
