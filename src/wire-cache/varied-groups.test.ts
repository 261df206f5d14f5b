import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../plugin/random.ts';
import { finish } from '../server/finish.ts';
import { UNCHANGING } from '../server/repeat.ts';
import { Reply } from '../server/reply.ts';
import { RecordType } from '../wire/codes.ts';
import { readMessage } from '../wire/message.ts';
import { parseRecord, recordText } from '../wire/presentation.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { addressReply, allowing, packetFor, TestWorld } from './test-world.ts';
import type { Asked } from './test-world.ts';

const NAME = 'headless.prod.svc.cluster.local.';
const varied = allowing({ varied: true });

const numbered = (count: number, text: (index: number) => string): ResourceRecord[] =>
  Array.from({ length: count }, (_, index) => parseRecord(text(index)));

interface Row {
  readonly title: string;
  readonly asked?: Asked;
  readonly name?: string;
  readonly reply: Partial<Record<'answer' | 'authority' | 'additional', ResourceRecord[]>>;
  /** How many different replies there are. */
  readonly orders: number;
}

const rows: Row[] = [
  { title: 'two addresses', reply: { answer: numbered(2, (n) => `${NAME} 5 IN A 10.0.0.${n}`) }, orders: 2 },
  {
    title: 'seven addresses',
    reply: { answer: numbered(7, (n) => `${NAME} 5 IN A 10.0.0.${n}`) },
    orders: 7,
  },
  {
    title: 'IPv6 addresses',
    reply: { answer: numbered(5, (n) => `${NAME} 5 IN AAAA fd00::${n}`) },
    orders: 5,
  },
  {
    title: 'addresses with OPT',
    asked: { edns: {} },
    reply: { answer: numbered(3, (n) => `${NAME} 5 IN A 10.0.0.${n}`) },
    orders: 3,
  },
  {
    title: 'addresses behind a CNAME, whose owner name stands before the first',
    name: 'www.example.',
    reply: {
      answer: [
        parseRecord('www.example. 5 IN CNAME other.test.'),
        ...numbered(4, (n) => `other.test. 5 IN A 10.0.0.${n}`),
      ],
    },
    orders: 4,
  },
  {
    title: 'addresses of both families behind a CNAME',
    name: 'www.example.',
    reply: {
      answer: [
        parseRecord('www.example. 5 IN CNAME other.test.'),
        ...numbered(4, (n) =>
          n % 2 === 0 ? `other.test. 5 IN A 10.0.0.${n}` : `other.test. 7 IN AAAA fd00::${n}`,
        ),
      ],
    },
    orders: 4,
  },
  {
    title: 'addresses of SRV targets, each with a name of its own',
    asked: { type: RecordType.SRV },
    name: '_http._tcp.web.example.',
    reply: {
      answer: numbered(
        3,
        (n) => `_http._tcp.web.example. 5 IN SRV 0 33 80 pod-${'x'.repeat(n)}.web.example.`,
      ),
      additional: numbered(3, (n) => `pod-${'x'.repeat(n)}.web.example. 5 IN A 10.0.0.${n}`),
    },
    orders: 3,
  },
  {
    title: 'mail exchangers and their addresses, drawn apart',
    asked: { type: RecordType.MX },
    name: 'example.',
    reply: {
      answer: numbered(3, (n) => `example. 5 IN MX 10 mail${n}.example.`),
      additional: numbered(2, (n) => `mail${n}.example. 5 IN A 10.0.0.${n}`),
    },
    orders: 6,
  },
  {
    title: 'addresses of different TTLs, which go with them',
    reply: { answer: numbered(3, (n) => `${NAME} ${10 + n} IN A 10.0.0.${n}`) },
    orders: 3,
  },
];
for (const { title, asked, name = NAME, reply: sections, orders } of rows) {
  test(`${title} are given in every rotation, and nothing else changes`, () => {
    const world = new TestWorld({}, seededRandom(3));
    const packet = packetFor(name, asked);
    const given = world.give(packet, new Reply({ ...sections, repeat: UNCHANGING }));
    world.teach(given, varied);
    const expected = [sections.answer, sections.authority, sections.additional].map((list) =>
      texts(list ?? []).sort(),
    );
    const seen = new Set<string>();
    for (let count = 0; count < 200; count++) {
      const bytes = world.ask(packet)!;
      assert.equal(bytes.length, given.bytes.length);
      const message = readMessage(bytes, true);
      const got = [message.answer, message.authority, message.additional];
      assert.deepEqual(
        got.map((list) => texts(list).sort()),
        expected,
      );
      assert.deepEqual(message.edns?.udpSize, asked?.edns === undefined ? undefined : 1232);
      seen.add(got.map((list) => texts(list).join()).join());
    }
    assert.equal(seen.size, orders);
  });
}

test('a rotation’s bytes are those that the server makes of the rotated reply', () => {
  const world = new TestWorld({}, seededRandom(3));
  const packet = packetFor(NAME);
  const addresses = Array.from({ length: 9 }, (_, index) => [10, 0, 0, index]);
  const given = world.give(packet, addressReply(NAME, addresses));
  world.teach(given, varied);
  for (let count = 0; count < 50; count++) {
    const bytes = world.ask(packet)!;
    const start = readMessage(bytes).answer[0]!.data[3]!;
    const rotated = addressReply(NAME, [...addresses.slice(start), ...addresses.slice(0, start)]);
    assert.deepEqual(bytes, finish(given.query, rotated));
  }
});

for (const edns of [undefined, { udpSize: 512 }, { udpSize: 1232 }, { udpSize: 4096 }]) {
  const room = edns === undefined ? 'no OPT record' : `${edns.udpSize} bytes`;
  test(`each of 100 addresses is first equally often, cut or not: ${room}`, () => {
    const world = new TestWorld({}, seededRandom(5));
    const packet = packetFor(NAME, { edns });
    const addresses = Array.from({ length: 100 }, (_, index) => [10, 0, 0, index]);
    const given = world.give(packet, addressReply(NAME, addresses));
    world.teach(given, varied);
    const first = new Uint32Array(100);
    const anywhere = new Uint32Array(100);
    const TIMES = 100_000;
    for (let count = 0; count < TIMES; count++) {
      const bytes = world.ask(packet)!;
      const start = bytes.length - (edns === undefined ? 0 : 11) - 1;
      const records = bytes.readUInt16BE(6);
      first[bytes[start - (records - 1) * 16]!]!++;
      if (count % 1000 !== 0) continue;
      // The header too is as the server makes it of the rotated reply.
      const from = bytes[start - (records - 1) * 16]!;
      const rotated = addressReply(NAME, [...addresses.slice(from), ...addresses.slice(0, from)]);
      assert.deepEqual(bytes, finish(given.query, rotated));
      assert.equal(readMessage(bytes, true).answer.length, records);
      for (const { data } of readMessage(bytes).answer) anywhere[data[3]!]!++;
    }
    for (const [index, count] of first.entries()) {
      const share = count / TIMES;
      assert.ok(share > 0.008 && share < 0.012, `10.0.0.${index} is first in ${(share * 100).toFixed(2)} %`);
    }
    assert.ok(anywhere.every((count) => count > 0));
  });
}

const refused: Row[] = [
  {
    title: 'names are compressed across them',
    asked: { type: RecordType.SRV },
    name: 'web.example.',
    reply: {
      answer: [parseRecord('web.example. 5 IN SRV 0 33 80 a.example.')],
      additional: [
        parseRecord('a.example. 5 IN A 10.0.0.1'),
        parseRecord('b.example. 5 IN A 10.0.0.2'),
        parseRecord('b.example. 5 IN AAAA fd00::2'),
      ],
    },
    orders: 0,
  },
  {
    title: 'they are of different lengths and cut',
    reply: {
      answer: numbered(60, (n) =>
        n % 2 === 0 ? `${NAME} 5 IN A 10.0.0.${n}` : `${NAME} 5 IN AAAA fd00::${n}`,
      ),
    },
    orders: 0,
  },
  {
    title: 'some of them are longer and they are cut',
    reply: {
      answer: [1, 2, ...Array.from({ length: 40 }, () => 0), 3].map((n, index) =>
        parseRecord(n > 0 ? `${NAME} 5 IN A 10.0.0.${n}` : `${NAME} 5 IN AAAA fd00::${index}`),
      ),
    },
    orders: 0,
  },
  {
    title: 'the last of them is longer and they are cut',
    reply: {
      answer: [
        ...numbered(60, (n) => `${NAME} 5 IN A 10.0.0.${n}`),
        parseRecord(`${NAME} 5 IN AAAA fd00::1`),
      ],
    },
    orders: 0,
  },
  {
    title: 'the cut is before the first of them',
    reply: {
      answer: [
        ...numbered(7, () => `${NAME} 5 IN TXT ${'x'.repeat(50)}`),
        parseRecord(`${NAME} 5 IN TXT 0123456789`),
        ...numbered(3, (n) => `${NAME} 5 IN A 10.0.0.${n}`),
      ],
    },
    orders: 0,
  },
  {
    title: 'the cut is behind them, among what is as long as they are',
    reply: {
      answer: numbered(3, (n) => `${NAME} 5 IN A 10.0.0.${n}`),
      additional: numbered(60, () => `${NAME} 5 IN TXT abc`),
    },
    orders: 0,
  },
  {
    title: 'the cut is behind them',
    reply: {
      answer: numbered(3, (n) => `${NAME} 5 IN A 10.0.0.${n}`),
      additional: numbered(60, (n) => `pod-${n}.example. 5 IN TXT ${'x'.repeat(50)}`),
    },
    orders: 0,
  },
];
for (const { title, asked, name = NAME, reply: sections } of refused) {
  test(`addresses cannot change places when ${title}`, () => {
    const world = new TestWorld();
    const given = world.give(packetFor(name, asked), new Reply({ ...sections, repeat: UNCHANGING }));
    assert.equal(world.judge(given, varied), 'not variable');
  });
}

test('a reply that its plugin calls cut, though all of it is there, is given in every rotation', () => {
  const world = new TestWorld();
  const addresses = Array.from({ length: 3 }, (_, index) => [10, 0, 0, index]);
  const reply = addressReply(NAME, addresses).with({ truncated: true, repeat: UNCHANGING });
  const given = world.give(packetFor(NAME), reply);
  world.teach(given, varied);
  const first = new Set<number>();
  for (let count = 0; count < 50; count++) {
    const bytes = world.ask(given.packet)!;
    assert.deepEqual([bytes.length, bytes[2]! & 2], [given.bytes.length, 2]);
    first.add(readMessage(bytes, true).answer[0]!.data[3]!);
  }
  assert.equal(first.size, 3);
});

function texts(records: readonly ResourceRecord[]): string[] {
  return records.map((record) => recordText(record));
}
