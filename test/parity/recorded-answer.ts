import { HeaderFlag, className, rcodeName, RecordType, typeName } from '../../src/wire/codes.ts';
import type { Message } from '../../src/wire/message.ts';
import { recordText } from '../../src/wire/presentation.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/** An answer as it is recorded; records in presentation form. */
export interface RecordedAnswer {
  readonly rcode: string;
  readonly flags: readonly string[];
  readonly qd: readonly string[];
  readonly an: readonly string[];
  readonly ns: readonly string[];
  readonly ar: readonly string[];
  readonly opt?: { readonly do: boolean };
  /** The server stays silent; the other fields are not there then. */
  readonly timeout?: boolean;
}

/** No answer at all. */
export const silence: RecordedAnswer = {
  rcode: '',
  flags: [],
  qd: [],
  an: [],
  ns: [],
  ar: [],
  timeout: true,
};

const FLAGS = ['QR', 'AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const;

/** A message in the form of the recordings, SOA serials masked. */
export function recordedForm(message: Message | undefined): RecordedAnswer {
  if (message === undefined) return silence;
  const { flags, question, edns } = message;
  return {
    rcode: rcodeName(message.rcode),
    flags: FLAGS.filter((name) => (flags & HeaderFlag[name]) !== 0).map((name) => name.toLowerCase()),
    qd:
      question === undefined
        ? []
        : [`${question.name} ${className(question.class)} ${typeName(question.type)}`],
    an: message.answer.map(maskedText),
    ns: message.authority.map(maskedText),
    ar: message.additional.map(maskedText),
    ...(edns && { opt: { do: edns.dnssecOk } }),
  };
}

/** What must be equal of an answer, one line each, in an order of its own. */
export function comparable(answer: RecordedAnswer): string[] {
  if (answer.timeout === true) return ['silence'];
  const section = (name: string, records: readonly string[]): string[] =>
    records.map((record) => `${name} ${lowerOwner(record)}`).sort();
  return [
    `rcode ${answer.rcode}`,
    `flags ${[...answer.flags].sort().join(' ')}`,
    ...section('question', answer.qd),
    ...section('answer', answer.an),
    ...section('authority', answer.ns),
    ...section('additional', answer.ar),
    `opt ${answer.opt === undefined ? 'none' : answer.opt.do ? 'do' : 'plain'}`,
  ];
}

/** Whether an answer is as good as the recorded one. */
export function isSame(recorded: RecordedAnswer, actual: RecordedAnswer): boolean {
  if (comparable(recorded).join('\n') === comparable(actual).join('\n')) return true;
  return recorded.flags.includes('tc') && !actual.flags.includes('tc') && isWhole(recorded, actual);
}

/** Whether `actual` is what the recorded answer was before it was cut. */
function isWhole(recorded: RecordedAnswer, actual: RecordedAnswer): boolean {
  const bare = ({ flags, ...rest }: RecordedAnswer): string =>
    comparable({ ...rest, flags: flags.filter((flag) => flag !== 'tc'), an: [], ns: [], ar: [] }).join('\n');
  const lines = new Set(comparable(actual));
  return (
    bare(recorded) === bare(actual) &&
    comparable({ ...recorded, flags: actual.flags }).every((line) => lines.has(line))
  );
}

/** What differs, as `diff` shows it: `-` is missing, `+` is too much. */
export function difference(recorded: RecordedAnswer, actual: RecordedAnswer): string {
  const [before, after] = [comparable(recorded), comparable(actual)];
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `  - ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `  + ${line}`),
  ].join('\n');
}

/**
 * The serial of a SOA record is the third field of its data. The recordings have 0 for one that the server makes up,
 * and for small ones; that of a zone file in the form of a date stands as it is.
 */
function maskedText(record: ResourceRecord): string {
  const text = recordText(record);
  if (record.type !== RecordType.SOA) return text;
  const words = text.split(' ');
  if (!/^20\d{8}$/.test(words[6]!)) words[6] = '0';
  return words.join(' ');
}

function lowerOwner(record: string): string {
  const end = record.indexOf(' ');
  const lower = record.slice(0, end).toLowerCase() + record.slice(end);
  // The port that whoami tells.
  return lower.replace(/^(_(?:udp|tcp)\.\S* \d+ IN SRV 0 0) \d+ /, '$1 * ');
}
