import type { Handler, Next, Repeatability } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { echoedOptions } from '../../src/wire/edns.ts';
import type { ResponseRule, Step } from './rule.ts';
import { isValidName } from './valid-name.ts';

/**
 * Hands a rewritten query on and changes the reply. The question of the reply is always the client's own, since
 * the plugins in front and the listener still hold the client's query.
 */
export class RewriteHandler implements Handler {
  /** Rules that look at nothing but the question make the same of the same question. */
  readonly repeats?: Repeatability;
  readonly #steps: readonly Step[];
  /** Codes of EDNS options that clients get back. */
  readonly #echoed = new Set<number>();

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    if (steps.every(({ rule }) => rule.pure)) this.repeats = 'pure';
    for (const { rule } of steps) if (rule.echoedOption !== undefined) this.#echoed.add(rule.echoedOption);
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    let rewritten = query;
    let responses: readonly ResponseRule[] | undefined;
    let matched = false;
    for (const { rule, stop } of this.#steps) {
      const outcome = rule.apply(rewritten);
      if (outcome === undefined) continue;
      matched = true;
      if (outcome.query.name !== rewritten.name && !isValidName(outcome.query.name)) {
        return invalidName(outcome.query.name);
      }
      rewritten = outcome.query;
      if (outcome.responses.length > 0) {
        responses = responses === undefined ? outcome.responses : [...responses, ...outcome.responses];
      }
      if (stop) break;
    }
    if (!matched && (this.#echoed.size === 0 || query.edns === undefined)) return next(query);
    const reply = next(rewritten);
    if (reply instanceof Promise) return this.#finishLate(reply, query, rewritten, responses);
    return this.#finish(reply, query, rewritten, responses);
  }

  async #finishLate(
    reply: Promise<Reply>,
    query: Query,
    rewritten: Query,
    responses: readonly ResponseRule[] | undefined,
  ): Promise<Reply> {
    return this.#finish(await reply, query, rewritten, responses);
  }

  /** Puts the options to be echoed in, then undoes the rules from the last to the first. */
  #finish(
    reply: Reply,
    query: Query,
    rewritten: Query,
    responses: readonly ResponseRule[] | undefined,
  ): Reply | Promise<Reply> {
    if (reply === Reply.silence) return reply;
    const echoing = this.#echo(reply, query, rewritten);
    if (responses === undefined) return echoing;
    // A mere code is a reply like any other for the rules.
    return undo(
      echoing.bare ? echoing.with({ bare: false }) : echoing,
      rewritten,
      responses,
      responses.length,
    );
  }

  /** What the listener does with the client's own OPT record, done with the one that was sent on. */
  #echo(reply: Reply, query: Query, { edns }: Query): Reply {
    if (reply.edns !== undefined || edns === undefined) return reply;
    if (edns === query.edns && (this.#echoed.size === 0 || edns.options.length === 0)) return reply;
    const options = echoedOptions(edns.options, this.#echoed);
    return reply.with({ edns: { ...edns, version: 0, options } });
  }
}

/** Applies the rules before `end`, the last first. Stays synchronous as long as they do. */
function undo(
  reply: Reply,
  query: Query,
  responses: readonly ResponseRule[],
  end: number,
): Reply | Promise<Reply> {
  let current = reply;
  for (let index = end - 1; index >= 0; index--) {
    const changed = responses[index]!.apply(current, query);
    if (changed instanceof Promise) return changed.then((late) => undo(late, query, responses, index));
    current = changed;
  }
  return current;
}

function invalidName(name: string): Reply {
  return Reply.failure(Rcode.ServerFailure, 'rewrite', new Error(`invalid name after rewrite: ${name}`));
}
