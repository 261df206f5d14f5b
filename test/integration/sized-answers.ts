/** Bytes of the record data of one TXT record of the usual length: its string and the length before it. */
const USUAL_DATA = 238;
/** Bytes of a record besides its data, its owner compressed to a pointer (RFC 1035, section 4.1.4). */
const RECORD_HEADER = 12;
const MESSAGE_HEADER = 12;
const QUESTION_TYPE_AND_CLASS = 4;
/** Letters of the first label of all names that are asked: names of one length make answers of one length. */
const LABEL_LETTERS = 7;

/**
 * Bytes of the answers, without OPT (which adds 11): the ends of the issue, and both sides of every limit that a client
 * may set, with and without OPT.
 */
export const answerSizes: readonly number[] = [
  400, 501, 502, 512, 513, 1221, 1222, 1232, 1233, 4085, 4086, 4097, 16_000, 65_000,
];

/** The zone below which every name has an answer of so many bytes. */
export function sizedZone(size: number): string {
  return `s${String(size).padStart(5, '0')}.test`;
}

/** A name that was not asked before: `q000007.s00400.test`. */
export function sizedName(size: number, count: number): string {
  return `q${String(count).padStart(LABEL_LETTERS - 1, '0')}.${sizedZone(size)}`;
}

/** The strings of the TXT records that make an answer of `size` bytes, each another. */
export function sizedTexts(size: number): string[] {
  const nameBytes = sizedName(size, 0).length + 2;
  let left = size - MESSAGE_HEADER - nameBytes - QUESTION_TYPE_AND_CLASS;
  const texts: string[] = [];
  while (left > 0) {
    // What would be too little for a record is left to the last but one.
    const data = left >= 2 * (RECORD_HEADER + USUAL_DATA) ? USUAL_DATA : share(left);
    texts.push(
      String(texts.length)
        .padStart(3, '0')
        .padEnd(data - 1, 'x'),
    );
    left -= RECORD_HEADER + data;
  }
  return texts;
}

/** Bytes of the next record's data when at most two are to come. */
function share(left: number): number {
  const longest = 256 + RECORD_HEADER;
  return left <= longest ? left - RECORD_HEADER : Math.floor(left / 2) - RECORD_HEADER;
}
