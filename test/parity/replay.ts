import type { TestServer } from '../kit/server.ts';
import { isAnotherDraw, isSameButOlder } from './chance.ts';
import { knownDifferences } from './known-differences.ts';
import { difference, isSame, recordedForm } from './recorded-answer.ts';
import { askOptions, questionTitle, readRows } from './scenario.ts';

/** Rows whose difference is shown in full. */
const SHOWN = 8;

/** Asks a server every question of a scenario. Returns what is not as it should be, each in a few lines. */
export async function replay(scenario: string, server: TestServer): Promise<string[]> {
  const known = knownDifferences(scenario);
  const complaints: string[] = [];
  const unused = new Set(known.keys());
  for (const row of readRows(scenario)) {
    const title = questionTitle(row);
    const expected = known.get(title)?.answer ?? row.a;
    unused.delete(title);
    const actual = recordedForm(await server.ask(row.q, row.t, askOptions(row)));
    if (isLeftToChance(scenario) && !isSame(expected, actual)) {
      if (isSameButOlder(expected, actual)) continue;
      const whole = recordedForm(await server.ask(row.q, row.t, askOptions({ ...row, tcp: true })));
      if (isAnotherDraw(expected, actual, whole)) continue;
    }
    if (!isSame(expected, actual)) complaints.push(`${title}\n${difference(expected, actual)}`);
    else if (expected !== row.a && isSame(row.a, actual)) {
      complaints.push(`${title}: listed in differences.md, but the answer is CoreDNS’s`);
    }
  }
  for (const title of unused) complaints.push(`${title}: listed in differences.md, but never asked`);
  return complaints;
}

/** The first complaints, for a failed test. */
export function report(complaints: readonly string[], rows: number): string {
  const shown = complaints.slice(0, SHOWN).join('\n\n');
  return `${complaints.length} of ${rows} answers differ:\n\n${shown}`;
}

/** A cache, whose TTLs run down, and loadbalance, which draws, had a part in it. */
function isLeftToChance(scenario: string): boolean {
  return scenario === '05-cluster-default';
}
