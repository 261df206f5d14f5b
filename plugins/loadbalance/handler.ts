import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Random } from '../../src/plugin/random.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import type { Network } from '../../src/wire/network.ts';
import { preferring, shuffled, weighted } from './arrangement.ts';
import type { Weights } from './weights.ts';

/** Arranges a reply anew, or gives back the same one. */
type Arrange = (query: Query, reply: Reply) => Reply;

/** Puts addresses in random order. */
export class RoundRobinHandler implements Handler {
  /** With preferred networks a repeat from a drawn start would not keep to them. */
  declare readonly repeats?: 'variants';
  readonly #arrange: Arrange;

  constructor(random: Random, prefer: readonly Network[]) {
    this.#arrange = prefer.length === 0 ? roundRobin(random) : preferredFirst(random, prefer);
    if (prefer.length === 0) this.repeats = 'variants';
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const reply = next(query);
    return reply instanceof Promise
      ? reply.then((late) => this.after(query, late))
      : this.after(query, reply);
  }

  after(query: Query, reply: Reply): Reply {
    return isArranged(query, reply) ? this.#arrange(query, reply) : reply;
  }
}

/** Puts one address first by weight. Declares no repeatability: the wire cache knows no weights. */
export class WeightedHandler implements Handler {
  readonly #arrange: Arrange;

  /** @param source where the weights of now are */
  constructor(random: Random, source: { readonly weights: Weights }) {
    this.#arrange = (query, reply) => {
      if (!isVariedByWeight(query.type)) return reply;
      const weightOf = source.weights.of;
      const answer = weighted(reply.answer, weightOf, random);
      const additional = weighted(reply.additional, weightOf, random);
      return answer === reply.answer && additional === reply.additional
        ? reply
        : reply.with({ answer, additional });
    };
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    const reply = next(query);
    return reply instanceof Promise
      ? reply.then((late) => this.after(query, late))
      : this.after(query, reply);
  }

  after(query: Query, reply: Reply): Reply {
    return isArranged(query, reply) ? this.#arrange(query, reply) : reply;
  }
}

/** Only good answers; a transfer's order has a meaning (RFC 5936, section 2.2). */
function isArranged(query: Query, reply: Reply): boolean {
  if (reply.rcode !== Rcode.NoError || reply.bare) return false;
  return query.type !== RecordType.AXFR && query.type !== RecordType.IXFR;
}

function roundRobin(random: Random): Arrange {
  return (_query, reply) => {
    const answer = shuffled(reply.answer, random);
    const authority = shuffled(reply.authority, random);
    const additional = shuffled(reply.additional, random);
    const same = answer === reply.answer && authority === reply.authority && additional === reply.additional;
    return same ? reply : reply.with({ answer, authority, additional, repeat: reply.repeat });
  };
}

function preferredFirst(random: Random, networks: readonly Network[]): Arrange {
  const shuffle = roundRobin(random);
  return (query, reply) => {
    const { answer, authority, additional } = shuffle(query, reply);
    return reply.with({
      answer: preferring(answer, networks),
      authority,
      additional: preferring(additional, networks),
    });
  };
}

function isVariedByWeight(type: number): boolean {
  return type === RecordType.A || type === RecordType.AAAA || type === RecordType.SRV;
}
