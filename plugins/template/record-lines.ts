import { classFromName, RecordClass, typeFromName } from '../../src/wire/codes.ts';
import { FormatError } from '../../src/wire/errors.ts';
import { parseRecordData } from '../../src/wire/presentation.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import type { Word } from '../../src/wire/words.ts';
import { EntryReader } from '../../src/zonefile/entry-reader.ts';
import { ownName } from '../../src/zonefile/origin-names.ts';
import { timeToLive } from '../../src/zonefile/time-to-live.ts';

const DEFAULT_TTL = 3600;

/**
 * The records of some lines in the form of a zone file: `owner [ttl] [class] type data`. A missing TTL is 3600 s, a
 * missing class IN, and a name without its last dot is full nevertheless.
 * @throws FormatError when a line is no record
 */
export function readRecords(text: string): ResourceRecord[] {
  const reader = new EntryReader(isAscii(text) ? text : Buffer.from(text).toString('latin1'));
  const records: ResourceRecord[] = [];
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) records.push(read(entry.words));
  return records;
}

function read(words: readonly Word[]): ResourceRecord {
  const owner = words[0]!.text;
  let ttl: number | undefined;
  let recordClass: number | undefined;
  for (let at = 1; at < words.length; at++) {
    const { text } = words[at]!;
    const code = text.charCodeAt(0);
    if (ttl === undefined && code > 47 && code < 58) ttl = expectTtl(text);
    else if (recordClass === undefined && isClass(text)) recordClass = classFromName(text);
    else {
      const type = typeFromName(text);
      if (type === undefined) throw new FormatError(`unknown type '${text}'`);
      return {
        name: ownName(owner, '.'),
        type,
        class: recordClass ?? RecordClass.IN,
        ttl: ttl ?? DEFAULT_TTL,
        data: parseRecordData(type, words.slice(at + 1)),
      };
    }
  }
  throw new FormatError(`expected a type after '${words.at(-1)!.text}'`);
}

/** `ANY` is a type here, for a record has a class of its own. */
function isClass(text: string): boolean {
  return typeFromName(text) === undefined && classFromName(text) !== undefined;
}

function expectTtl(text: string): number {
  const ttl = timeToLive(text);
  if (ttl === undefined) throw new FormatError(`'${text}' is no TTL`);
  return ttl;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false;
  return true;
}
