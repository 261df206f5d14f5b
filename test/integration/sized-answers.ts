/** The records of all names below a zone: `q000007.s00400.test`, and any other label. */
export interface SizedAnswer {
  /** What the answer is like, for people. */
  readonly title: string;
  readonly zone: string;
  readonly type: 'A' | 'MX' | 'TXT';
  /** Record data as zone files have it; each another. */
  readonly data: readonly string[];
}

/** Seconds, of all records. */
export const TIME_TO_LIVE = 300;

/** Bytes of the record data of one TXT record of the usual length: its string and the length before it. */
const USUAL_DATA = 238;
/** Bytes of a record besides its data, its owner compressed to a pointer (RFC 1035, section 4.1.4). */
const RECORD_HEADER = 12;
const MESSAGE_HEADER = 12;
const QUESTION_TYPE_AND_CLASS = 4;
/** Letters of the first label of all names that are asked: names of one length make answers of one length. */
const LABEL_LETTERS = 7;

/**
 * Bytes of TXT answers, without OPT (which adds 11): the ends of the issue, and both sides of every limit that a client
 * may set, with and without OPT, up to the longest message that there is.
 */
const textSizes: readonly number[] = [
  400, 501, 502, 512, 513, 1221, 1222, 1232, 1233, 4085, 4086, 4096, 4097, 16_000, 65_000, 65_524,
];
/** Many small records, and many names that are only short when they are compressed. */
const addressCounts: readonly number[] = [30, 250, 4000];
const exchangeCounts: readonly number[] = [20, 200, 1500];

/** What the real servers answer. */
export const sizedAnswers: readonly SizedAnswer[] = [
  ...textSizes.map(textAnswer),
  ...addressCounts.map((count): SizedAnswer => {
    const data = Array.from({ length: count }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
    return { title: `${count} A records`, zone: `a${digits(count, 5)}.test`, type: 'A', data };
  }),
  ...exchangeCounts.map(exchangeAnswer),
];

/** What fits into a message without OPT only. Knot DNS fails with one, and unbound cuts. */
export const longestAnswers: readonly SizedAnswer[] = [65_525, 65_535].map(textAnswer);
/** More than a message holds unless the names in it are compressed, which unbound does with the first 120 only. */
export const compressedAnswer: SizedAnswer = exchangeAnswer(2500);

/** A name that was not asked before. */
export function freshName({ zone }: SizedAnswer, count: number): string {
  return `q${digits(count, LABEL_LETTERS - 1)}.${zone}`;
}

function exchangeAnswer(count: number): SizedAnswer {
  const data = Array.from({ length: count }, (_, index) => `10 m${digits(index, 4)}.mail.example.`);
  return { title: `${count} MX records`, zone: `m${digits(count, 5)}.test`, type: 'MX', data };
}

function textAnswer(size: number): SizedAnswer {
  const answer = { title: `${size} bytes of TXT`, zone: `s${digits(size, 5)}.test`, type: 'TXT' as const };
  const nameBytes = freshName({ ...answer, data: [] }, 0).length + 2;
  let left = size - MESSAGE_HEADER - nameBytes - QUESTION_TYPE_AND_CLASS;
  const data: string[] = [];
  while (left > 0) {
    // What would be too little for a record is left to the last but one.
    const bytes = left >= 2 * (RECORD_HEADER + USUAL_DATA) ? USUAL_DATA : share(left);
    data.push(`"${digits(data.length, 3).padEnd(bytes - 1, 'x')}"`);
    left -= RECORD_HEADER + bytes;
  }
  return { ...answer, data };
}

/** Bytes of the next record's data when at most two are to come. */
function share(left: number): number {
  const longest = 256 + RECORD_HEADER;
  return left <= longest ? left - RECORD_HEADER : Math.floor(left / 2) - RECORD_HEADER;
}

function digits(number: number, length: number): string {
  return String(number).padStart(length, '0');
}
