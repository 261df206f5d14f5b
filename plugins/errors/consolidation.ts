import { formatDuration } from '../../src/corefile/duration.ts';
import type { Timer } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { RegularExpression } from '../../src/regex/regular-expression.ts';

/** The words for log levels. */
export const LEVELS = ['warning', 'error', 'info', 'debug'] as const;
export type Level = (typeof LEVELS)[number];

/** Errors that match `pattern` are counted for `period` milliseconds and then told in one line. */
export interface ConsolidationRule {
  readonly period: number;
  readonly pattern: RegularExpression;
  readonly level: Level;
  /** Also tell the first one at once, in full. */
  readonly showFirst: boolean;
}

/** One rule and what it has counted. */
export class Consolidation {
  readonly #rule: ConsolidationRule;
  readonly #controller: Controller;
  #count = 0;
  #timer: Timer | undefined;

  constructor(rule: ConsolidationRule, controller: Controller) {
    this.#rule = rule;
    this.#controller = controller;
  }

  /** Whether this rule is the one for an error of that text. */
  matches(message: string): boolean {
    return this.#rule.pattern.test(message);
  }

  /** Counts an error; `line` is how it would be logged by itself. */
  add(line: string): void {
    this.#count++;
    if (this.#count > 1) return;
    const { period, level, showFirst } = this.#rule;
    if (showFirst) this.#controller.log[level](line);
    this.#timer = this.#controller.clock.after(period, () => this.stop());
  }

  /** Ends the period now. */
  stop(): void {
    const count = this.#count;
    const { period, pattern, level, showFirst } = this.#rule;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#count = 0;
    if (count <= (showFirst ? 1 : 0)) return;
    const line = `${count} errors like '${pattern.pattern}' occurred in last ${formatDuration(period)}`;
    this.#controller.log[level](line);
  }
}
