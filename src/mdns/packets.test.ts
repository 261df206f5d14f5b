import { AUTHORITATIVE_ANSWER, TRUNCATED_RESPONSE, decode, encode } from 'dns-packet';
import type { DecodedPacket } from 'dns-packet';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { question, record, shown } from '../../test/kit/link-world.ts';
import { FormatError } from '../wire/errors.ts';
import { readLinkMessage } from './message.ts';
import type { LinkRecord } from './message.ts';
import { legacyPacket, queryPackets, responsePackets } from './packets.ts';

/** An OPT record as dns-packet reads it; its types say less. */
interface ReadOptions {
  readonly type: string;
  readonly options: readonly { readonly code: number; readonly data: Uint8Array }[];
}

/** As another program reads it. It keeps the highest bit of a class apart for records, and not for questions. */
function read(packet: Buffer): DecodedPacket {
  return decode(packet);
}

function pointer(index: number): LinkRecord {
  return record(`_http._tcp.local. 4500 PTR somebody\\ with\\ a\\ long\\ name\\ ${index}._http._tcp.local.`);
}

function pointers(count: number): LinkRecord[] {
  return Array.from({ length: count }, (_, index) => pointer(index));
}

test('a query has id 0, its questions, and known answers without the cache-flush bit', () => {
  const [packet, ...rest] = queryPackets(
    [question('_http._tcp.local. PTR'), question('gw.local. A QU')],
    [record('!gw.local. 60 A 192.0.2.1')],
  );
  const { id, questions, answers, flags } = read(packet!);
  assert.deepEqual([id, flags, rest.length], [0, 0, 0]);
  assert.deepEqual(questions, [
    { name: '_http._tcp.local', type: 'PTR', class: 'IN' },
    { name: 'gw.local', type: 'A', class: 'UNKNOWN_32769' },
  ]);
  assert.deepEqual(answers, [
    { name: 'gw.local', type: 'A', ttl: 60, class: 'IN', flush: false, data: '192.0.2.1' },
  ]);
});

test('a probe has its claims as authority, without the cache-flush bit', () => {
  const [packet] = queryPackets([question('gw.local. ANY QU')], [], [record('!gw.local. 120 A 192.0.2.1')]);
  const { authorities, answers } = read(packet!);
  assert.deepEqual([authorities?.length, answers], [1, []]);
  assert.deepEqual(authorities, [
    { name: 'gw.local', type: 'A', ttl: 120, class: 'IN', flush: false, data: '192.0.2.1' },
  ]);
});

test('known answers that do not fit follow in further packets, each but the last marked as truncated', () => {
  const known = pointers(200);
  const packets = queryPackets([question('_http._tcp.local. PTR')], known);
  const read = packets.map((packet) => decode(packet));
  assert.ok(packets.length > 2);
  assert.ok(packets.every((packet) => packet.length <= 1440));
  assert.deepEqual(
    read.map(({ questions }) => questions?.length),
    packets.map((_, index) => (index === 0 ? 1 : 0)),
  );
  assert.deepEqual(
    read.map(({ flags }) => flags === TRUNCATED_RESPONSE),
    packets.map((_, index) => index < packets.length - 1),
  );
  assert.equal(read.flatMap(({ answers }) => answers).length, 200);
});

test('more questions than fit go into further packets', () => {
  const names = Array.from({ length: 300 }, (_, index) => `service-${index}._http._tcp.local.`);
  const packets = queryPackets(names.map((name) => question(`${name} SRV`)));
  assert.ok(packets.length > 1 && packets.every((packet) => packet.length <= 1440));
  assert.deepEqual(
    packets.flatMap((packet) => decode(packet).questions!.map(({ name }) => `${name}.`)),
    names,
  );
  assert.ok(packets.every((packet) => decode(packet).flags === 0));
});

test('a response is authoritative, without questions, and marks what is unique', () => {
  const [packet] = responsePackets(
    [record('!gw.local. 120 A 192.0.2.1'), record('_x._tcp.local. 4500 PTR gw.local.')],
    [record('!gw.local. 120 AAAA fe80::1')],
  );
  const { id, flags, type, questions, answers, additionals } = read(packet!);
  assert.deepEqual([id, flags, type, questions], [0, AUTHORITATIVE_ANSWER, 'response', []]);
  assert.deepEqual(
    [...answers!, ...additionals!].map((answer) => [answer.type, (answer as { flush?: boolean }).flush]),
    [
      ['A', true],
      ['PTR', false],
      ['AAAA', true],
    ],
  );
});

test('answers that do not fit go into further packets; additional records only where there is room', () => {
  const packets = responsePackets(pointers(100), pointers(100));
  assert.ok(packets.length > 2 && packets.every((packet) => packet.length <= 1440));
  const answers = packets.map((packet) => decode(packet));
  assert.equal(answers.flatMap((one) => one.answers).length, 100);
  assert.ok(answers.slice(0, -1).every(({ additionals }) => additionals?.length === 0));
  assert.ok(answers.at(-1)!.additionals!.length < 100);
  assert.ok(answers.every(({ flags }) => flags === AUTHORITATIVE_ANSWER));
});

test('one record that is longer than a packet goes all the same, alone', () => {
  const long = record(
    `a.local. 4500 TXT ${Array<string>(10)
      .fill(`"${'x'.repeat(250)}"`)
      .join(' ')}`,
  );
  const packets = responsePackets([pointer(1), long, pointer(2)]);
  assert.deepEqual(
    packets.map((packet) => decode(packet).answers?.length),
    [1, 1, 1],
  );
});

test('no packet is longer than 9000 bytes with its headers: what does not fit is left out', () => {
  const texts = (count: number): LinkRecord =>
    record(
      `a.local. 4500 TXT ${Array(count)
        .fill(`"${'x'.repeat(250)}"`)
        .join(' ')}`,
    );
  const [most, tooLong] = [texts(33), texts(36)];
  for (const packets of [
    responsePackets([pointer(1), most, tooLong, pointer(2)]),
    queryPackets([question('a.local. TXT')], [most, tooLong, pointer(1)]),
    queryPackets([question('a.local. ANY')], [], [most, tooLong]),
  ]) {
    const sections = packets.map((packet) => decode(packet));
    const texts = sections.flatMap(({ answers, authorities }) => [...answers!, ...authorities!]);
    assert.equal(texts.filter(({ type }) => type === 'TXT').length, 1);
    assert.ok(packets.every((packet) => packet.length > 12 && packet.length + 48 <= 9000));
  }
});

test('options go with every packet of a response', () => {
  const options = Uint8Array.of(0xfd, 0xe9, 0, 2, 7, 7);
  const packets = responsePackets(pointers(60), [], options);
  assert.ok(packets.length > 1 && packets.every((packet) => packet.length <= 1440));
  for (const packet of packets) {
    const opt = decode(packet).additionals![0] as unknown as ReadOptions;
    assert.equal(opt.type, 'OPT');
    assert.deepEqual(
      opt.options.map(({ code, data }) => [code, [...data]]),
      [[0xfde9, [7, 7]]],
    );
    assert.deepEqual([...readLinkMessage(packet)!.options], [...options]);
  }
});

test('a legacy reply repeats id and question, lives ten seconds at most, and says when it is cut', () => {
  const asked = question('GW.local. A');
  const reply = read(
    legacyPacket(77, [asked], [record('!gw.local. 120 A 192.0.2.1'), record('!gw.local. 5 A 192.0.2.2')]),
  );
  assert.deepEqual([reply.id, reply.flags], [77, AUTHORITATIVE_ANSWER]);
  assert.deepEqual(reply.questions, [{ name: 'GW.local', type: 'A', class: 'IN' }]);
  assert.deepEqual(
    reply.answers?.map((answer) => ('ttl' in answer ? [answer.ttl, answer.class] : [])),
    [
      [10, 'IN'],
      [5, 'IN'],
    ],
  );
  assert.ok(reply.answers.every((answer) => (answer as { flush?: boolean }).flush !== true));
  const cut = read(legacyPacket(1, [question('_http._tcp.local. PTR')], pointers(100)));
  assert.equal(cut.flags, AUTHORITATIVE_ANSWER | TRUNCATED_RESPONSE);
});

const texts = [
  'gw.local. 120 A 192.0.2.1',
  '!gw.local. 120 AAAA fe80::1',
  '_x._tcp.local. 4500 PTR Front\\ door\\.x._x._tcp.local.',
  '!Front\\ door\\.x._x._tcp.local. 120 SRV 1 2 8080 gw.local.',
  '!Front\\ door\\.x._x._tcp.local. 4500 TXT "a=b" ""',
  '!gw.local. 120 NSEC gw.local. A',
  '!gw.local. 0 HINFO "x" "y"',
];

test('what is written is read as it was', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: 60 }),
      fc.array(fc.constantFrom(...texts), { maxLength: 10 }),
      (answers, claims) => {
        const said = responsePackets(answers.map(record)).map((packet) => readLinkMessage(packet)!);
        assert.deepEqual(
          said.flatMap((message) => message.answers.map((one) => shown(one))),
          answers,
        );
        const [probe] = queryPackets([question('gw.local. ANY')], [], claims.map(record));
        assert.deepEqual(
          readLinkMessage(probe!)!.authority.map((one) => shown(one)),
          claims.map((text) => text.replace('!', '')),
        );
      },
    ),
    { numRuns: 100, seed: 6762 },
  );
});

const someone = { type: 'A', name: 'tv.local', data: '192.0.2.5' } as const;
const heard: readonly (readonly [string, Buffer, readonly string[] | undefined])[] = [
  [
    'a response of another program',
    encode({ type: 'response', answers: [{ ...someone, ttl: 9, flush: true }] }),
    ['!tv.local. 9 A 192.0.2.5'],
  ],
  ['of another class', encode({ type: 'response', answers: [{ ...someone, class: 'CH' }] }), []],
  ['with a response code', encode({ type: 'response', flags: 3, answers: [someone] }), undefined],
  ['with another opcode', encode({ type: 'query', flags: 0x2800, answers: [someone] }), undefined],
  ['a TTL below zero', withTtl(0x80000000), ['tv.local. 0 A 192.0.2.5']],
];
for (const [title, packet, expected] of heard) {
  test(`reads ${title}: ${expected?.join() ?? 'ignored'}`, () => {
    assert.deepEqual(
      readLinkMessage(packet)?.answers.map((one) => shown(one)),
      expected,
    );
  });
}

test('a question for any class is read, one for another class is not', () => {
  for (const [recordClass, count] of [
    ['IN', 1],
    ['ANY', 1],
    ['CH', 0],
  ] as const) {
    const packet = encode({
      type: 'query',
      questions: [{ name: 'tv.local', type: 'A', class: recordClass }],
    });
    assert.equal(readLinkMessage(packet)!.questions.length, count, recordClass);
  }
});

test('mutated packets are read or refused, and never more', () => {
  const whole = responsePackets(texts.map(record), [], Uint8Array.of(0, 3, 0, 1, 9))[0]!;
  const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.nat(whole.length), (changes, length) => {
      const packet = Buffer.from(whole);
      for (const { at, to } of changes) packet[at] = to;
      try {
        readLinkMessage(packet.subarray(0, length));
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    { numRuns: 2000, seed: 6762 },
  );
});

function withTtl(ttl: number): Buffer {
  const packet = encode({ type: 'response', answers: [{ ...someone, ttl: 1 }] });
  packet.writeUInt32BE(ttl, packet.length - 10);
  return packet;
}
