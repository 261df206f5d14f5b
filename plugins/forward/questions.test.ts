import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { question } from '../../test/kit/question.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { DeadlineQueue } from '../../src/plugin/deadline-queue.ts';
import type { Protocol, QueryFields } from '../../src/server/query.ts';
import type { Edns } from '../../src/wire/edns.ts';
import { HedgeAllowance } from './hedge-allowance.ts';
import { Inquiry } from './inquiry.ts';
import type { InquiryContext } from './inquiry.ts';
import type { LineOptions } from './options.ts';
import { questionHash, Questions } from './questions.ts';
import { WaitingClient } from './waiting-client.ts';

const clock = new FakeClock();
const context: InquiryContext = {
  options: {} as LineOptions,
  clock,
  random: seededRandom(1),
  hedges: new HedgeAllowance(),
  patience: new DeadlineQueue(clock),
  allDown: { value: 0 },
  over: () => undefined,
};
const edns: Edns = { udpSize: 1232, version: 0, dnssecOk: false, options: Uint8Array.of(0, 10, 0, 1, 7) };

const others: readonly {
  title: string;
  changes: Partial<QueryFields>;
  name?: string;
  protocol?: Protocol;
}[] = [
  { title: 'name', changes: {}, name: 'www.example.com.' },
  { title: 'type', changes: { type: 28 } },
  { title: 'class', changes: { class: 3 } },
  { title: 'flags', changes: { flags: 0x110 } },
  { title: 'no EDNS', changes: { edns: undefined } },
  { title: 'size', changes: { edns: { ...edns, udpSize: 4096 } } },
  { title: 'version', changes: { edns: { ...edns, version: 1 } } },
  { title: 'DO', changes: { edns: { ...edns, dnssecOk: true } } },
  { title: 'an option', changes: { edns: { ...edns, options: Uint8Array.of(0, 10, 0, 1, 8) } } },
  { title: 'fewer options', changes: { edns: { ...edns, options: new Uint8Array(0) } } },
  { title: 'protocol', changes: {}, protocol: 'tcp' },
];

function inquiryOf(name: string, changes: Partial<QueryFields>, protocol: Protocol): Inquiry {
  const client = new WaitingClient(question(name, changes), 1, undefined, () => undefined);
  return new Inquiry(context, protocol, client);
}

test('the same question in another letter case and with other bytes of its own is found', () => {
  const questions = new Questions();
  const inquiry = inquiryOf('www.example.org.', { edns }, 'udp');
  questions.add(inquiry);
  const again = question('WWW.example.org.', { id: 5, edns: { ...edns, options: edns.options.slice() } });
  assert.equal(questions.find(again, 'udp'), inquiry);
  assert.equal(questionHash(again), inquiry.hash);
  questions.delete(inquiry);
  assert.equal(questions.find(again, 'udp'), undefined);
});

for (const { title, changes, name = 'www.example.org.', protocol = 'udp' } of others) {
  test(`another question, also when its hash is the same: ${title}`, () => {
    const questions = new Questions();
    const inquiry = inquiryOf(name, { edns, ...changes }, protocol);
    const asked = question('www.example.org.', { edns });
    // Whatever the secret numbers of this process are: in the chain where the other one would be.
    questions.add(Object.defineProperty(inquiry, 'hash', { value: questionHash(asked) }));
    assert.equal(questions.find(asked, 'udp'), undefined);
    const own = inquiryOf('www.example.org.', { edns }, 'udp');
    questions.add(own);
    assert.equal(questions.find(asked, 'udp'), own);
    assert.equal(questions.values().length, 2);
  });
}
