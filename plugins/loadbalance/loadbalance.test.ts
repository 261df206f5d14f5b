import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/plugin/random.ts';
import { finish } from '../../src/server/finish.ts';
import { Reply } from '../../src/server/reply.ts';
import type { ReplyFields } from '../../src/server/reply.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { parseRecord, recordText } from '../../src/wire/presentation.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { Network } from '../../src/wire/network.ts';
import { question } from '../../test/kit/question.ts';
import { RoundRobinHandler } from './handler.ts';

const records = (...texts: string[]): ResourceRecord[] =>
  texts.map((text) => parseRecord(text.replace(/^(\S+) /, '$1 5 IN ')));
const texts = (list: readonly ResourceRecord[]): string[] =>
  list.map((record) => recordText(record).replace(' 5 IN ', ' '));

function ask(handler: RoundRobinHandler, reply: Reply, type: number = RecordType.A): Reply {
  return handler.handle(question('a.', { type }), () => reply) as Reply;
}

const hundred = new Reply({
  answer: Array.from({ length: 100 }, (_, index) => parseRecord(`headless.example. 5 IN A 10.0.0.${index}`)),
});

/** Whether each of the 100 addresses is first in 1 % ± 0.2 of so many answers. */
function assertUniform(first: Uint32Array): void {
  const total = first.reduce((sum, count) => sum + count, 0);
  for (const [index, count] of first.entries()) {
    const share = count / total;
    assert.ok(share > 0.008 && share < 0.012, `10.0.0.${index} is first in ${(share * 100).toFixed(2)} %`);
  }
}

test('each of 100 addresses is first equally often', () => {
  const handler = new RoundRobinHandler(seededRandom(7), []);
  const first = new Uint32Array(100);
  for (let count = 0; count < 100_000; count++) first[ask(handler, hundred).answer[0]!.data[3]!]!++;
  assertUniform(first);
});

test('each of 100 addresses is first equally often in answers cut at 512 bytes', () => {
  const handler = new RoundRobinHandler(seededRandom(8), []);
  const query = question('headless.example.');
  const first = new Uint32Array(100);
  const question_ = 12 + 18 + 4;
  for (let count = 0; count < 100_000; count++) {
    const packet = finish(query, handler.handle(query, () => hundred) as Reply);
    assert.ok(packet.length <= 512 && packet.length > 496);
    first[packet[question_ + 15]!]!++; // the last byte of a record whose name is a pointer
  }
  assertUniform(first);
});

test('all orders are equally likely', () => {
  const reply = new Reply({ answer: records('a. A 192.0.2.1', 'a. AAAA ::2', 'a. A 192.0.2.3') });
  const handler = new RoundRobinHandler(seededRandom(9), []);
  const orders = new Map<string, number>();
  for (let count = 0; count < 6000; count++) {
    const order = ask(handler, reply)
      .answer.map(({ data }) => data.at(-1))
      .join('');
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assert.equal(orders.size, 6);
  for (const [order, count] of orders) assert.ok(count > 850 && count < 1150, `${order}: ${count}`);
});

test('CNAMEs come first, then others, addresses, mail exchangers; in every section', () => {
  const mixed = records('a. MX 1 m.', 'a. A 192.0.2.1', 'a. TXT x', 'a. CNAME b.', 'a. TXT y', 'b. CNAME c.');
  const reply = new Reply({ answer: mixed, authority: mixed, additional: mixed });
  const arranged = ask(new RoundRobinHandler(seededRandom(1), []), reply);
  const expected = ['a. CNAME b.', 'b. CNAME c.', 'a. TXT "x"', 'a. TXT "y"', 'a. A 192.0.2.1', 'a. MX 1 m.'];
  for (const section of [arranged.answer, arranged.authority, arranged.additional]) {
    assert.deepEqual(texts(section), expected);
  }
  assert.equal(reply.answer[0], mixed[0], 'the reply that was given is as it was');
});

test('mail exchangers are varied, other records are not', () => {
  const reply = new Reply({
    answer: records('a. MX 1 m.', 'a. MX 2 n.', 'a. MX 3 o.'),
    additional: records('a. SRV 0 0 1 m.', 'a. SRV 0 0 2 n.'),
  });
  const handler = new RoundRobinHandler(seededRandom(3), []);
  const answers = Array.from({ length: 100 }, () => ask(handler, reply));
  assert.deepEqual(new Set(answers.map(({ answer }) => texts(answer)[0])), new Set(texts(reply.answer)));
  assert.deepEqual(
    new Set(answers.map(({ additional }) => texts(additional)[0])),
    new Set(['a. SRV 0 0 1 m.']),
  );
});

const pair = records('a. A 192.0.2.1', 'a. A 192.0.2.2');
const untouched: readonly [title: string, reply: Reply, type: number][] = [
  ['one address', new Reply({ answer: records('a. CNAME b.', 'b. A 192.0.2.1') }), RecordType.A],
  ['no record at all', new Reply({}), RecordType.A],
  ['NXDOMAIN', new Reply({ rcode: 3, answer: pair }), RecordType.A],
  ['a transfer', new Reply({ answer: pair }), RecordType.AXFR],
  ['an incremental transfer', new Reply({ answer: pair }), RecordType.IXFR],
  ['silence', Reply.silence, RecordType.A],
];
for (const [title, reply, type] of untouched) {
  test(`${title} is handed on as it is`, () => {
    const random = { below: () => assert.fail('nothing is to be drawn') };
    assert.equal(ask(new RoundRobinHandler(random, []), reply, type), reply);
  });
}

test('answers that come later are varied too', async () => {
  const handler = new RoundRobinHandler(seededRandom(5), []);
  const reply = handler.handle(question('a.'), () => Promise.resolve(hundred));
  assert.ok(reply instanceof Promise);
  assert.notDeepEqual(texts((await reply).answer), texts(hundred.answer));
});

test('preferred networks come first, in their order; the rest is varied behind them', () => {
  const fields: ReplyFields = {
    answer: records(
      'a. TXT x',
      'a. A 192.0.2.1',
      'a. A 192.0.2.2',
      'a. A 10.2.0.1',
      'a. A 10.1.0.1',
      'a. AAAA fd00::1',
      'a. MX 1 m.',
      'a. CNAME b.',
    ),
  };
  const prefer = ['10.1.0.0/16', 'fd00::/8', '10.2.0.1'].map((text) => Network.parse(text)!);
  const handler = new RoundRobinHandler(seededRandom(4), prefer);
  const ends = new Set<string>();
  for (let count = 0; count < 50; count++) {
    const answer = texts(ask(handler, new Reply({ ...fields, additional: fields.answer! })).answer);
    assert.deepEqual(answer.slice(0, 4), [
      'a. CNAME b.',
      'a. A 10.1.0.1',
      'a. AAAA fd00::1',
      'a. A 10.2.0.1',
    ]);
    assert.deepEqual(answer.slice(6), ['a. MX 1 m.', 'a. TXT "x"']);
    ends.add(answer[4]!);
  }
  assert.deepEqual(ends, new Set(['a. A 192.0.2.1', 'a. A 192.0.2.2']));
});

test('a varied order may be repeated as a variant, a preferred one may not be repeated', () => {
  const { repeats } = new RoundRobinHandler(seededRandom(1), []);
  assert.equal(repeats, 'variants');
  assert.equal('repeats' in new RoundRobinHandler(seededRandom(1), [Network.parse('::/0')!]), false);
});
