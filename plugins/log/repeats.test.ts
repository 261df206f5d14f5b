import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Observation } from '../../src/observation/observation-ring.ts';
import type { Query } from '../../src/server/query.ts';
import { UNCHANGING } from '../../src/server/repeat.ts';
import type { RepeatWatcher } from '../../src/server/repeat.ts';
import { Reply, type ReplyFields } from '../../src/server/reply.ts';
import { createLogger } from '../../src/log/logger.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { ListenAddresses } from '../../src/plugin/capability.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { question, record } from '../../test/kit/question.ts';
import { startServer } from '../../test/kit/server.ts';
import { LogHandler } from './handler.ts';
import { log } from './index.ts';

/** A log with its lines. */
class Log {
  readonly clock = new FakeClock();
  readonly lines: string[] = [];
  readonly #handler: LogHandler;

  constructor(text: string) {
    const output = createLogger((line) => this.lines.push(line));
    this.#handler = new LogHandler(parsePlugin(log, text).rules, true, this.clock, output);
  }

  /** Who sees the repeats of a reply that passed; the lines begin anew. */
  pass(query: Query, fields: ReplyFields): readonly RepeatWatcher[] {
    const reply = new Reply({ repeat: UNCHANGING, ...fields });
    const given = this.#handler.handle(query, () => reply) as Reply;
    this.lines.length = 0;
    if (given === reply) return [];
    assert.deepEqual({ ...given, repeat: undefined }, { ...reply, repeat: undefined });
    return given.repeat!.watchers!;
  }
}

const asked = question('Example.org.');
const wanted = question('Example.org.', { client: { ...asked.client, wantsRepeat: true } });
const found = { answer: [record('example.org.', RecordType.A)] };
const seen = Object.assign(new Observation(), { family: 4, port: 7, id: 8, duration: 0.25 });
seen.address.set([192, 0, 2, 9]);

test('a repeat has its own client, id and duration; all else is as it was', () => {
  const one = new Log('log');
  const [watcher] = one.pass(wanted, { ...found, authoritative: true });
  watcher!.repeated(seen);
  watcher!.repeated(Object.assign(seen, { id: 9 }));
  assert.deepEqual(one.lines, [
    '[INFO] 192.0.2.9:7 - 8 "A IN example.org. udp 29 false 512" NOERROR qr,aa,rd 56 0.25s',
    '[INFO] 192.0.2.9:7 - 9 "A IN example.org. udp 29 false 512" NOERROR qr,aa,rd 56 0.25s',
  ]);
});

const watched: {
  readonly title: string;
  readonly text: string;
  readonly query?: Query;
  readonly reply?: ReplyFields;
  readonly watchers: number;
}[] = [
  { title: 'a reply that nobody will repeat', text: 'log', query: asked, watchers: 0 },
  { title: 'a reply that is not its own repeat', text: 'log', reply: { repeat: undefined }, watchers: 0 },
  { title: 'a name that no rule covers', text: 'log example.net', watchers: 0 },
  { title: 'a class that is not logged', text: 'log . {\n class denial\n}', watchers: 0 },
  {
    title: 'a class that is logged',
    text: 'log . {\n class denial\n}',
    reply: { rcode: Rcode.NameError },
    watchers: 1,
  },
  {
    title: 'the first rule that covers the name decides',
    text: 'log example.org {\n class error\n}\nlog .',
    watchers: 0,
  },
];
for (const { title, text, query = wanted, reply = found, watchers } of watched) {
  test(`repeats are ${watchers === 0 ? 'not ' : ''}watched: ${title}`, () => {
    assert.equal(new Log(text).pass(query, reply).length, watchers);
  });
}

test('others that watch stay, and what else is said of repeats', () => {
  const other: RepeatWatcher = { repeated: () => undefined };
  const [first, second] = new Log('log').pass(wanted, { ...found, repeat: { until: 5, watchers: [other] } });
  assert.equal(first, other);
  assert.notEqual(second, undefined);
});

test('a signature that ends makes repeats errors from then on', () => {
  const one = new Log('log . "{name} {rcode}" {\n class error\n}');
  const seconds = one.clock.now() / 1000;
  const data = Buffer.alloc(20);
  data.writeUInt32BE(seconds + 10, 8);
  data.writeUInt32BE(seconds - 10, 12);
  const signed = record('example.org.', RecordType.RRSIG, [...data]);
  const edns = { udpSize: 1232, version: 0, dnssecOk: true, options: new Uint8Array(0) };
  const [watcher] = one.pass(wanted, { answer: [signed], edns });
  const at = (time: number): void => watcher!.repeated(Object.assign(seen, { time }));
  one.clock.advance(20_000);
  at(10_000);
  assert.deepEqual(one.lines, []);
  at(11_001);
  assert.deepEqual(one.lines, ['[INFO] example.org. NOERROR']);
});

const permissions = [
  { title: 'the common format', text: 'log', addresses: undefined, repeats: 'observer' },
  { title: 'the address that was asked', text: 'log . {local}', addresses: undefined, repeats: undefined },
  {
    title: 'the address that was asked, where there is but one',
    text: 'log . {local}',
    addresses: ['192.0.2.53', '2001:db8::53'],
    repeats: 'observer',
  },
  {
    title: 'the address that was asked, of all',
    text: 'log . {name}\nlog . {local}',
    addresses: ['192.0.2.53', '::'],
    repeats: undefined,
  },
];
for (const { title, text, addresses, repeats } of permissions) {
  test(`may be repeated: ${title}`, async () => {
    const bind = answering(
      'bind',
      () => Reply.silence,
      (controller) => {
        if (addresses !== undefined) controller.offer(ListenAddresses, addresses);
      },
    );
    const binding = {
      ...bind,
      setup: (...parts: Parameters<typeof bind.setup>) => void bind.setup(...parts),
    };
    await using server = await startServer(`. {\nbind\n${text}\n}`, { plugins: pluginMap(binding, log) });
    const [handlers] = server.signpost.configuration!.handlers;
    assert.deepEqual(
      handlers!.map(({ name, handler }) => [name, handler.repeats]),
      [['log', repeats]],
    );
  });
}
