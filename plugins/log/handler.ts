import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import type { Repeat } from '../../src/server/repeat.ts';
import { formatLine, showsLocalAddress } from './line-format.ts';
import { isLogged, RepeatedLine } from './repeated-line.ts';
import type { Rule } from './setup.ts';

/**
 * Writes the line of each query that a rule covers. Those of repeats that the wire cache gave come a little later, by
 * way of the observation ring; an observation holds all that they differ in but the address that was asked.
 */
export class LogHandler implements Handler {
  /** Only where every placeholder is known of repeats too. */
  declare readonly repeats?: 'observer';
  readonly #rules: readonly Rule[];
  readonly #clock: Clock;
  readonly #output: Logger;

  /** @param isBound each listener of the block has one address, the same for all that come in by it */
  constructor(rules: readonly Rule[], isBound: boolean, clock: Clock, output: Logger) {
    this.#rules = rules;
    this.#clock = clock;
    this.#output = output;
    if (isBound || !rules.some(({ format }) => showsLocalAddress(format))) this.repeats = 'observer';
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const rule = this.#ruleFor(query.name);
    if (rule === undefined) return next(query);
    const start = this.#clock.monotonic();
    const reply = next(query);
    if (reply instanceof Promise) return reply.then((late) => this.#write(rule, query, late, start));
    return this.#write(rule, query, reply, start);
  }

  after(query: Query, reply: Reply, start: number): Reply {
    const rule = this.#ruleFor(query.name);
    return rule === undefined ? reply : this.#write(rule, query, reply, start);
  }

  /** The first rule whose zone covers the name decides, even if it then leaves the line out. */
  #ruleFor(name: string): Rule | undefined {
    for (let index = 0; index < this.#rules.length; index++) {
      const rule = this.#rules[index]!;
      if (isSubdomain(rule.zone, name)) return rule;
    }
    return undefined;
  }

  /** Gives back the reply, which goes on as it is unless it will be repeated. */
  #write(rule: Rule, query: Query, reply: Reply, start: number): Reply {
    const milliseconds = this.#clock.monotonic() - start;
    if (isLogged(rule, query, reply, this.#clock.now())) {
      this.#output.info(formatLine(rule.format, query, reply, milliseconds));
    }
    if (query.client.wantsRepeat !== true || reply.repeat === undefined) return reply;
    return this.#watch(rule, query, reply, reply.repeat);
  }

  /** The same reply, whose repeats are seen. Query and reply are those that pass here: plugins in front change them. */
  #watch(rule: Rule, query: Query, reply: Reply, repeat: Repeat): Reply {
    const line = RepeatedLine.for(rule, query, reply, this.#clock, this.#output);
    if (line === undefined) return reply;
    return reply.with({ repeat: { ...repeat, watchers: [...(repeat.watchers ?? []), line] } });
  }
}
