import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionCode } from '../wire/codes.ts';
import { readOptions, writeOptions } from '../wire/edns.ts';
import type { Edns } from '../wire/edns.ts';
import { readMessage } from '../wire/message.ts';
import { writeQuery } from '../wire/write-query.ts';
import type { UpstreamQuery } from './in-flight.ts';
import { padded, unpadded } from './padding.ts';

const cookie = { code: OptionCode.Cookie, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
const padding = (length: number): { code: number; data: Uint8Array } => ({
  code: OptionCode.Padding,
  data: new Uint8Array(length),
});
const edns = (...options: { code: number; data: Uint8Array }[]): Edns => ({
  udpSize: 4096,
  version: 0,
  dnssecOk: true,
  options: writeOptions(options),
});
const query = (name: string, opt: Edns | undefined): UpstreamQuery => ({
  flags: 0x0100,
  question: { name, type: 1, class: 1 },
  edns: opt,
});

test('queries of all lengths become multiples of 128 bytes, and are otherwise the same', () => {
  for (let length = 1; length <= 240; length++) {
    const name = `${'x'.repeat(Math.min(length, 60))}.${'y.'.repeat(Math.max(0, length - 60) >> 1)}`;
    for (const opt of [undefined, edns(), edns(cookie), edns(padding(7), cookie), edns(padding(0))]) {
      const asked = query(name, opt);
      const packet = writeQuery({ ...padded(asked), id: 1 });
      assert.equal(packet.length % 128, 0, `${name} is ${packet.length} bytes long`);
      const message = readMessage(packet);
      assert.deepEqual(message.question, asked.question);
      assert.equal(message.edns?.dnssecOk, opt?.dnssecOk ?? false);
      const options = readOptions(message.edns.options);
      assert.equal(options.filter(({ code }) => code === OptionCode.Padding).length, 1);
      assert.equal(
        options.some(({ code }) => code === OptionCode.Cookie),
        (opt?.options.length ?? 0) > 11,
      );
    }
  }
});

test('a query that is a multiple already gets no more than an empty option', () => {
  const name = `${'a'.repeat(63)}.${'b'.repeat(31)}.`;
  assert.equal(writeQuery({ ...padded(query(name, undefined)), id: 1 }).length, 128);
  const [option] = readOptions(padded(query(name, undefined)).edns!.options);
  assert.deepEqual(option, { code: OptionCode.Padding, data: new Uint8Array(0) });
});

const replies: readonly {
  title: string;
  asked: Edns | undefined;
  replied: Edns | undefined;
  shown: Edns | undefined;
}[] = [
  { title: 'no OPT for a query without one', asked: undefined, replied: edns(padding(9)), shown: undefined },
  {
    title: 'no padding that was not asked for',
    asked: edns(),
    replied: edns(cookie, padding(9)),
    shown: edns(cookie),
  },
  {
    title: 'padding that was asked for',
    asked: edns(padding(1)),
    replied: edns(padding(9)),
    shown: edns(padding(9)),
  },
  { title: 'options as they are', asked: edns(), replied: edns(cookie), shown: edns(cookie) },
  { title: 'no OPT where there is none', asked: edns(), replied: undefined, shown: undefined },
];

for (const { title, asked, replied, shown } of replies) {
  test(`a reply shows ${title}`, () => {
    const message = {
      id: 1,
      flags: 0x8000,
      rcode: 0,
      question: undefined,
      answer: [],
      authority: [],
      additional: [],
      edns: replied,
    };
    assert.deepEqual(unpadded(message, query('a.example.', asked)), { ...message, edns: shown });
  });
}
