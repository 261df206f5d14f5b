import { median, spread } from '../test/kit/statistics.ts';
import { load } from './load.ts';
import type { LoadResult } from './load.ts';

/** A server that is compared with others. */
export interface Contestant {
  readonly title: string;
  readonly pid: number;
  readonly port: number;
}

/** What one cost in all runs. */
export interface Standing {
  readonly title: string;
  /** CPU a query as a multiple of the first contestant's in the same run; one figure for each run. */
  readonly ratios: readonly number[];
  readonly microseconds: readonly number[];
  readonly queriesASecond: readonly number[];
  /** Queries lost, and asked, in all runs. */
  readonly lost: number;
  readonly asked: number;
}

/** A limit of a standing. */
export interface CostLimit {
  /** Of the first contestant's. */
  readonly most: number;
  /** Must cost more, where they take part. */
  readonly below?: readonly string[];
}

/** How long and how often. */
export interface ContestLength {
  /** Seconds of load that each gets, over all runs. */
  readonly seconds: number;
  readonly runs: number;
}

/**
 * Loads servers one after the other, again and again, so that what else the machine does meets them all alike. The
 * first contestant is the floor.
 * @param questions the query file for a contestant's next run; all have the same work
 * @param before makes a contestant ready for its next run: what it keeps may have become too old meanwhile
 */
export async function contest(
  contestants: readonly Contestant[],
  questions: (contestant: Contestant) => string,
  { seconds, runs }: ContestLength,
  before?: (contestant: Contestant) => Promise<void>,
): Promise<Standing[]> {
  const results = contestants.map((): LoadResult[] => []);
  for (let run = 0; run < runs; run++) {
    for (const [index, contestant] of contestants.entries()) {
      await before?.(contestant);
      results[index]!.push(await load(contestant, questions(contestant), seconds / runs));
    }
  }
  return contestants.map(({ title }, index): Standing => {
    const own = results[index]!;
    const microseconds = own.map((result) => result.microsecondsAQuery);
    return {
      title,
      ratios: microseconds.map((cost, run) => cost / results[0]![run]!.microsecondsAQuery),
      microseconds,
      queriesASecond: own.map((result) => result.queriesASecond),
      lost: own.reduce((sum, { lost }) => sum + lost, 0),
      asked: own.reduce((sum, { lost, completed }) => sum + lost + completed, 0),
    };
  });
}

export function printContestHead(): void {
  console.log('| work | server | of the floor | at most | µs CPU a query | queries/s | lost |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
}

/** Prints a table's lines, cheapest first behind the floor. @param limits by title; one that is missed is told */
export function printContest(
  work: string,
  standings: readonly Standing[],
  limits: Readonly<Record<string, CostLimit>>,
): void {
  const [floor, ...others] = standings;
  const ranked = others.toSorted((one, other) => median(one.ratios) - median(other.ratios));
  for (const [place, standing] of [floor!, ...ranked].entries()) {
    const { title, ratios, microseconds, queriesASecond, lost, asked } = standing;
    const cells = [
      place === 0 ? work : '',
      title,
      place === 0 ? '1' : `${median(ratios).toFixed(2)} (${spread(ratios, 2)})`,
      place === 0 ? '' : verdict(standing, limits[title], standings),
      median(microseconds).toFixed(2),
      Math.round(median(queriesASecond)).toString(),
      `${lost} of ${asked}`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function verdict(standing: Standing, limit: CostLimit | undefined, all: readonly Standing[]): string {
  if (limit === undefined) return '';
  const own = median(standing.ratios);
  const present = (limit.below ?? []).flatMap((title) => all.filter((other) => other.title === title));
  const missed = own > limit.most || present.some((other) => own >= median(other.ratios));
  if (missed) process.exitCode = 1;
  const text = [String(limit.most), ...present.map(({ title }) => `below ${title}`)].join(', ');
  return missed ? `${text} **missed**` : text;
}
