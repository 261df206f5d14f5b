import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { responseClass, responseType } from '../../src/server/response-type.ts';
import { formatLine } from './line-format.ts';
import type { Rule } from './setup.ts';

/**
 * Writes the line of each query that a rule covers. Says nothing of `repeats`: an answer that the wire cache gave
 * would be missing from the log.
 */
export class LogHandler implements Handler {
  readonly #rules: readonly Rule[];
  readonly #clock: Clock;
  readonly #output: Logger;

  constructor(rules: readonly Rule[], clock: Clock, output: Logger) {
    this.#rules = rules;
    this.#clock = clock;
    this.#output = output;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const rule = this.#ruleFor(query.name);
    if (rule === undefined) return next(query);
    const start = this.#clock.monotonic();
    const reply = next(query);
    if (reply instanceof Promise) return this.#handleLater(rule, query, reply, start);
    this.#write(rule, query, reply, start);
    return reply;
  }

  async #handleLater(rule: Rule, query: Query, pending: Promise<Reply>, start: number): Promise<Reply> {
    const reply = await pending;
    this.#write(rule, query, reply, start);
    return reply;
  }

  /** The first rule whose zone covers the name decides, even if it then leaves the line out. */
  #ruleFor(name: string): Rule | undefined {
    for (let index = 0; index < this.#rules.length; index++) {
      const rule = this.#rules[index]!;
      if (isSubdomain(rule.zone, name)) return rule;
    }
    return undefined;
  }

  #write(rule: Rule, query: Query, reply: Reply, start: number): void {
    const milliseconds = this.#clock.monotonic() - start;
    const type = responseType(query, reply, this.#clock.now());
    if (!rule.classes.has(responseClass(type))) return;
    this.#output.info(formatLine(rule.format, query, reply, milliseconds));
  }
}
