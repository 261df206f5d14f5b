import { readFileSync } from 'node:fs';
import type { RecordedAnswer } from './recorded-answer.ts';

/** Most rows that a scenario may have in differences.md. */
export const MAXIMUM_DIFFERENCES = 20;

/** A question that Signpost answers better than CoreDNS. */
export interface KnownDifference {
  /** As `questionTitle` has it. */
  readonly question: string;
  readonly reason: string;
  readonly answer: RecordedAnswer;
}

interface BetterAnswer {
  readonly scenario: string;
  readonly question: string;
  readonly a: RecordedAnswer;
}

/** The rows of the table in differences.md for one scenario, with their answers in better-answers.jsonl. */
export function knownDifferences(scenario: string): Map<string, KnownDifference> {
  const known = new Map<string, KnownDifference>();
  const answers = betterAnswers(scenario);
  for (const line of read('differences.md').split('\n')) {
    const [, name, question = '', reason = '', ...rest] = line.split('|').map((cell) => cell.trim());
    if (name !== scenario || rest.length !== 1) continue;
    const title = question.replace(/^`(.*)`$/, '$1');
    const answer = answers.get(title);
    if (reason === '') throw new Error(`differences.md: '${title}' of ${scenario} has no reason`);
    if (answer === undefined) throw new Error(`better-answers.jsonl has none for '${title}' of ${scenario}`);
    known.set(title, { question: title, reason, answer });
    answers.delete(title);
  }
  const [forgotten] = answers.keys();
  if (forgotten !== undefined) throw new Error(`differences.md does not list '${forgotten}' of ${scenario}`);
  return known;
}

function betterAnswers(scenario: string): Map<string, RecordedAnswer> {
  const lines = read('better-answers.jsonl').trim().split('\n');
  const all = lines.map((line) => JSON.parse(line) as BetterAnswer);
  return new Map(all.filter((row) => row.scenario === scenario).map((row) => [row.question, row.a]));
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
