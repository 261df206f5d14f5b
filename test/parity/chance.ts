import { comparable, isSame } from './recorded-answer.ts';
import type { RecordedAnswer } from './recorded-answer.ts';

/** Seconds by which the TTLs of answers from a cache had run down when they were recorded; the test's clock stands still. */
const RECORDED_SECONDS = 3;

/** Whether the recorded answer is the same but a little older. */
export function isSameButOlder(recorded: RecordedAnswer, actual: RecordedAnswer): boolean {
  for (let seconds = 1; seconds <= RECORDED_SECONDS; seconds++) {
    if (isSame(younger(recorded, seconds), actual)) return true;
  }
  return false;
}

/**
 * Whether both answers were cut out of `whole`, to as many records or, as their lengths differ, one more or less:
 * which ones is drawn by `loadbalance`.
 * @param whole the answer to the same question where it need not be cut
 */
export function isAnotherDraw(
  recorded: RecordedAnswer,
  actual: RecordedAnswer,
  whole: RecordedAnswer,
): boolean {
  if (!recorded.flags.includes('tc') || !actual.flags.includes('tc')) return false;
  const records = new Set(answers(whole));
  return (
    actual.an.length > 0 &&
    Math.abs(recorded.an.length - actual.an.length) <= 1 &&
    [...answers(recorded), ...answers(actual)].every((line) => records.has(line)) &&
    isSame({ ...recorded, an: [] }, { ...actual, an: [] })
  );
}

function answers(answer: RecordedAnswer): string[] {
  return comparable(answer).filter((line) => line.startsWith('answer '));
}

function younger(answer: RecordedAnswer, seconds: number): RecordedAnswer {
  const section = (records: readonly string[]): string[] =>
    records.map((record) => {
      const [owner, ttl, ...rest] = record.split(' ');
      return [owner, Number(ttl) + seconds, ...rest].join(' ');
    });
  return { ...answer, an: section(answer.an), ns: section(answer.ns), ar: section(answer.ar) };
}
