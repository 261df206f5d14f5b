import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import type { ReplyFields } from '../../src/server/reply.ts';
import { RecordType } from '../../src/wire/codes.ts';
import type { Message } from '../../src/wire/message.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { startServer } from '../../test/kit/server.ts';
import type { AskOptions, TestServer } from '../../test/kit/server.ts';
import { cache } from './index.ts';

export const address = (ttl: number, name = 'www.example.org.'): ResourceRecord =>
  record(name, RecordType.A, ttl);
export const soa = (ttl: number): ResourceRecord => record('example.org.', RecordType.SOA, ttl);
export const alias = (ttl: number): ResourceRecord => record('www.example.org.', RecordType.CNAME, ttl);

export function record(name: string, type: number, ttl: number): ResourceRecord {
  const data =
    type === RecordType.A ? Uint8Array.of(192, 0, 2, 1) : new Uint8Array(type === RecordType.SOA ? 22 : 1);
  return { name, type, class: 1, ttl, data };
}

/** A server with a cache, and what it asks of the plugin behind it. */
export interface Cached extends AsyncDisposable {
  readonly server: TestServer;
  readonly clock: FakeClock;
  readonly asked: Query[];
  /** What the plugin behind the cache says from now on. */
  answer: (query: Query) => Reply | Promise<Reply>;
  ask(options?: AskOptions & { name?: string; type?: string }): Promise<Message>;
}

/** Starts a server with the given `cache` lines in front of a plugin that says `answer`. */
export async function start(
  lines: string,
  answer: ReplyFields | ((query: Query) => Reply | Promise<Reply>),
): Promise<Cached> {
  const clock = new FakeClock();
  const asked: Query[] = [];
  const world = answering('whoami', (query) => {
    asked.push(query);
    return cached.answer(query);
  });
  const server = await startServer(`. {\n${lines}\nwhoami\n}`, { clock, plugins: pluginMap(cache, world) });
  const cached: Cached = {
    server,
    clock,
    asked,
    answer: typeof answer === 'function' ? answer : () => new Reply({ ...answer, source: 'whoami' }),
    ask: async ({ name = 'www.example.org', type = 'A', ...options } = {}) =>
      (await server.ask(name, type, options))!,
    [Symbol.asyncDispose]: () => server.close(),
  };
  return cached;
}

export const says =
  (fields: ReplyFields): (() => Reply) =>
  () =>
    new Reply(fields);
/** Lets what waits for settled promises run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A plugin that answers when the test says so. */
export class Slow {
  readonly waiting: ((reply: Reply) => void)[] = [];

  readonly answer = (): Promise<Reply> => new Promise((resolve) => this.waiting.push(resolve));

  /** Answers all that wait. */
  async say(reply: Reply): Promise<void> {
    for (const resolve of this.waiting.splice(0)) resolve(reply);
    await settled();
  }
}
