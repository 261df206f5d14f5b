import type { Logger } from '../../src/log/logger.ts';
import type { Observation } from '../../src/observation/observation-ring.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { Query } from '../../src/server/query.ts';
import type { RepeatWatcher } from '../../src/server/repeat.ts';
import type { Reply } from '../../src/server/reply.ts';
import { responseClass, responseType } from '../../src/server/response-type.ts';
import { formatOfRepeats, formatRepeat } from './line-format.ts';
import type { RepeatFormat } from './line-format.ts';
import type { Rule } from './setup.ts';

/** Writes the lines of the repeats of a reply that threads gave without asking the chain. */
export class RepeatedLine implements RepeatWatcher {
  readonly #format: RepeatFormat;
  readonly #output: Logger;
  readonly #clock: Clock;
  /** Where the class of the reply changes in time, so that it is looked at anew for each repeat. */
  readonly #changing: { readonly rule: Rule; readonly query: Query; readonly reply: Reply } | undefined;

  private constructor(rule: Rule, query: Query, reply: Reply, clock: Clock, output: Logger) {
    this.#format = formatOfRepeats(rule.format, query, reply);
    this.#clock = clock;
    this.#output = output;
    this.#changing = isChanging(reply) ? { rule, query, reply } : undefined;
  }

  /** Of a reply as it passed the plugin; undefined when none of its repeats is to be logged. */
  static for(rule: Rule, query: Query, reply: Reply, clock: Clock, output: Logger): RepeatedLine | undefined {
    if (!isChanging(reply) && !isLogged(rule, query, reply, clock.now())) return undefined;
    return new RepeatedLine(rule, query, reply, clock, output);
  }

  repeated(observation: Observation): void {
    if (this.#changing !== undefined) {
      const { rule, query, reply } = this.#changing;
      const then = this.#clock.now() - (this.#clock.monotonic() - observation.time);
      if (!isLogged(rule, query, reply, then)) return;
    }
    this.#output.info(formatRepeat(this.#format, observation));
  }
}

/** Whether a reply is of a class that a rule has. @param now milliseconds since 1970 */
export function isLogged(rule: Rule, query: Query, reply: Reply, now: number): boolean {
  return rule.classes.has(responseClass(responseType(query, reply, now)));
}

/** Signatures end, and with them the class of the reply. */
function isChanging(reply: Reply): boolean {
  return reply.edns?.dnssecOk === true;
}
