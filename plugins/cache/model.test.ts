import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Reply } from '../../src/server/reply.ts';
import type { Query } from '../../src/server/query.ts';
import { Rcode } from '../../src/wire/codes.ts';
import type { Message } from '../../src/wire/message.ts';
import { CacheModel } from './test-model.ts';
import type { Client, Outcome, Shape } from './test-model.ts';
import { address, settled, soa, start } from './test-world.ts';
import type { Cached } from './test-world.ts';

const SILENCE = 5003;
const RUNS = 100;

const shapes: readonly (Shape & { readonly line: string })[] = [
  { line: '', mode: 'none', within: 0, ttl: 0, timeout: Infinity, recheck: 0 },
  { line: 'serve_stale 10m', mode: 'immediate', within: 600, ttl: 0, timeout: Infinity, recheck: 0 },
  {
    line: 'serve_stale 10m immediate 7s 20s',
    mode: 'immediate',
    within: 600,
    ttl: 7,
    timeout: Infinity,
    recheck: 20_000,
  },
  { line: 'serve_stale 10m verify', mode: 'verify', within: 600, ttl: 0, timeout: Infinity, recheck: 0 },
  { line: 'serve_stale 10m verify 300ms 5s', mode: 'verify', within: 600, ttl: 5, timeout: 300, recheck: 0 },
  { line: 'serve_stale 10m refresh', mode: 'refresh', within: 600, ttl: 30, timeout: 1800, recheck: 30_000 },
];

/** Delays end in 3 and all other times in 0, so that no two things happen at once. */
const outcome: fc.Arbitrary<Outcome> = fc.record({
  kind: fc.constantFrom(
    'answer' as const,
    'answer' as const,
    'denial' as const,
    'failure' as const,
    'silence' as const,
  ),
  ttl: fc.constantFrom(5, 10, 60),
  delay: fc.constantFrom(0, 0, 53, 293, 1003, 1793, 2503, 4003),
});
const waiting = fc.constantFrom(
  10,
  300,
  500,
  1000,
  1800,
  5000,
  10_000,
  30_000,
  61_000,
  595_000,
  605_000,
  660_000,
);
type Step = { readonly wait: number } | { readonly clients: number } | { readonly outcome: Outcome };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ wait: waiting }) },
  { weight: 4, arbitrary: fc.record({ clients: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ outcome }) },
);

/** An upstream query, as the plugin behind the cache saw it. */
interface Asked {
  readonly at: number;
  readonly outcome: Outcome;
}

/** A server and a model that live through the same. */
class Pair {
  outcome: Outcome = { kind: 'answer', ttl: 60, delay: 53 };
  readonly asked: Asked[] = [];
  readonly #model: CacheModel;
  readonly #cached: Cached;
  readonly #clients: { readonly model: Client; readonly server: Client; readonly at: number }[] = [];

  private constructor(shape: Shape, cached: Cached) {
    this.#cached = cached;
    this.#model = new CacheModel(shape, () => this.#planned());
    cached.answer = (query) => this.#upstream(query);
  }

  static async start(shape: Shape & { readonly line: string }): Promise<Pair> {
    return new Pair(shape, await start(`cache {\n${shape.line}\n}`, {}));
  }

  get #now(): number {
    return this.#cached.clock.monotonic();
  }

  async live(step: Step): Promise<void> {
    if ('outcome' in step) this.outcome = step.outcome;
    else if ('wait' in step) await this.#moveTo(this.#now + step.wait);
    else {
      for (let count = 0; count < step.clients; count++) this.#ask();
      await this.#moveTo(this.#now);
    }
  }

  /** Lets all that is under way end. */
  async end(): Promise<void> {
    await this.#moveTo(this.#now + 2 * SILENCE);
    await this.#cached[Symbol.asyncDispose]();
  }

  check(): void {
    assert.equal(this.asked.length, this.#model.queries, 'queries upstream');
    for (const [index, { model, server, at }] of this.#clients.entries()) {
      assert.equal(server.reply, model.reply, `client ${index}, who asked at ${at}`);
    }
  }

  #ask(): void {
    const server: Client = {};
    this.#clients.push({ model: this.#model.ask(), server, at: this.#now });
    void this.#cached.ask({ edns: {} }).then((message) => (server.reply = textOf(message)));
  }

  async #moveTo(end: number): Promise<void> {
    await settled();
    while (this.#model.nextEvent <= end) {
      const at = this.#model.nextEvent;
      this.#cached.clock.advance(at - this.#now);
      this.#model.moveTo(at);
      await settled();
    }
    this.#cached.clock.advance(end - this.#now);
    this.#model.moveTo(end);
    await settled();
  }

  #planned(): Outcome {
    const { outcome } = this;
    return outcome.kind === 'silence' ? { ...outcome, delay: SILENCE } : outcome;
  }

  #upstream(_query: Query): Reply | Promise<Reply> {
    const outcome = this.#planned();
    this.asked.push({ at: this.#now, outcome });
    const reply = replyOf(outcome, this.asked.length);
    if (outcome.delay === 0) return reply;
    return new Promise((resolve) => this.#cached.clock.after(outcome.delay, () => resolve(reply)));
  }
}

/** The upstream's n-th answer says n: in the address, or in the name of the SOA record. */
function replyOf({ kind, ttl }: Outcome, turn: number): Reply {
  const data = Uint8Array.of(0, 0, turn >> 8, turn & 0xff);
  if (kind === 'answer') return new Reply({ answer: [{ ...address(ttl), data }] });
  if (kind === 'denial')
    return new Reply({ rcode: Rcode.NameError, authority: [{ ...soa(ttl), name: `${turn}.` }] });
  return kind === 'failure'
    ? new Reply({ rcode: Rcode.ServerFailure })
    : Reply.failure(Rcode.ServerFailure, 'whoami', new Error('no upstream answered'));
}

function textOf({ rcode, answer, authority }: Message): string {
  if (rcode === Rcode.ServerFailure) return 'failure';
  const record = answer[0] ?? authority[0]!;
  const turn =
    rcode === Rcode.NameError ? Number.parseInt(record.name) : (record.data[2]! << 8) | record.data[3]!;
  return `${turn} ${record.ttl}`;
}

/** Whatever the model says: nobody asks while somebody asks, nor while an answer is fresh. */
function checkRate(asked: readonly Asked[]): void {
  for (const [index, { at, outcome }] of asked.entries()) {
    const next = asked[index + 1];
    if (next === undefined) return;
    const landed = at + outcome.delay;
    const good = outcome.kind === 'answer' || outcome.kind === 'denial';
    const least = landed + (good ? outcome.ttl * 1000 : 1000);
    assert.ok(next.at >= least, `asked at ${at} and at ${next.at}, not before ${least}`);
  }
}

for (const shape of shapes) {
  test(`a naive model and the cache agree: ${shape.line || 'nothing stale'}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const pair = await Pair.start(shape);
        try {
          for (const one of steps) {
            await pair.live(one);
            pair.check();
          }
        } finally {
          await pair.end();
        }
        pair.check();
        checkRate(pair.asked);
      }),
      { numRuns: RUNS, seed: 4 },
    );
  });
}
