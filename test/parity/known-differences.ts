import { readFileSync } from 'node:fs';
import type { RecordedAnswer } from './recorded-answer.ts';

/** Most rows that a scenario may have in differences.md. */
export const MAXIMUM_DIFFERENCES = 20;

/** A question that Signpost answers better than CoreDNS. */
export interface KnownDifference {
  readonly scenario: string;
  /** As `questionTitle` has it. */
  readonly question: string;
  readonly reason: string;
  readonly answer: RecordedAnswer;
}

/** The rows of the table in differences.md, for one scenario. */
export function knownDifferences(scenario: string): Map<string, KnownDifference> {
  const text = readFileSync(new URL('differences.md', import.meta.url), 'utf8');
  const known = new Map<string, KnownDifference>();
  for (const line of text.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells.length !== 6 || cells[1] !== scenario) continue;
    const [, , question, reason, answer] = cells as [string, string, string, string, string];
    const title = unquoted(question);
    if (reason === '') throw new Error(`differences.md: '${title}' of ${scenario} has no reason`);
    known.set(title, {
      scenario,
      question: title,
      reason,
      answer: JSON.parse(unquoted(answer)) as RecordedAnswer,
    });
  }
  return known;
}

function unquoted(cell: string): string {
  return cell.replace(/^`(.*)`$/, '$1');
}
