import assert from 'node:assert/strict';
import { test } from 'node:test';
import { question } from '../../test/kit/question.ts';
import { HeaderFlag, OptionCode, RecordType } from '../wire/codes.ts';
import { readOptions, writeOptions } from '../wire/edns.ts';
import type { Edns } from '../wire/edns.ts';
import { extendedErrorOption } from '../wire/extended-error.ts';
import { readMessage } from '../wire/message.ts';
import type { Message } from '../wire/message.ts';
import { parseRecord, recordText } from '../wire/presentation.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { finish } from './finish.ts';
import type { Client, Query, QueryFields } from './query.ts';
import { Reply } from './reply.ts';
import type { ReplyFields } from './reply.ts';

const edns = (changes: Partial<Edns> = {}): Edns => {
  return { udpSize: 1232, version: 0, dnssecOk: false, options: new Uint8Array(0), ...changes };
};
const client = (changes: Partial<Client>): Client => ({ ...question('.').client, ...changes });
const done = (query: Query, reply: ReplyFields): Message => readMessage(finish(query, new Reply(reply)));

const { QR, AA, TC, RD, RA, AD, CD, Z } = HeaderFlag;
const NOTIFY = 4 << 11;
const flagRows: [title: string, asked: number, reply: ReplyFields, flags: number][] = [
  ['nothing set', 0, {}, QR],
  ['RD and CD of a query are repeated', RD | CD, {}, QR | RD | CD],
  ['AA, TC, RA, Z, AD and rcode of a query are not', AA | TC | RA | Z | AD | 15, {}, QR],
  ['AA of the reply', 0, { authoritative: true }, QR | AA],
  ['TC of the reply', 0, { truncated: true }, QR | TC],
  ['RA of the reply', 0, { recursionAvailable: true }, QR | RA],
  ['AD of the reply', 0, { authenticData: true }, QR | AD],
  ['rcode of the reply', 0, { rcode: 5 }, QR | 5],
  ['the opcode is repeated, RD and CD not with it', NOTIFY | RD | CD, {}, QR | NOTIFY],
];
for (const [title, flags, reply, expected] of flagRows) {
  test(`flags: ${title}`, () => assert.equal(done(question('a.', { flags }), reply).flags, expected));
}

test('id and question are those of the query, in its letter case', () => {
  const message = done(question('Web.Example.ORG.', { id: 99, type: RecordType.TXT, class: 3 }), {});
  assert.equal(message.id, 99);
  assert.deepEqual(message.question, { name: 'Web.Example.ORG.', type: RecordType.TXT, class: 3 });
});

const option = (code: number, length = 1): Uint8Array =>
  writeOptions([{ code, data: new Uint8Array(length) }]);
const cookie = option(OptionCode.Cookie);
const ednsRows: [title: string, asked: Edns | undefined, made: Edns | undefined, sent: Edns | undefined][] = [
  ['none without one in the query', undefined, undefined, undefined],
  ['a plugin’s own goes to a client without', undefined, edns({ dnssecOk: true }), edns({ dnssecOk: true })],
  ['the client’s is echoed', edns(), undefined, edns()],
  [
    'the client’s size and DO bit are echoed',
    edns({ udpSize: 0, dnssecOk: true }),
    undefined,
    edns({ udpSize: 0, dnssecOk: true }),
  ],
  ['a cookie is echoed', edns({ options: cookie }), undefined, edns({ options: cookie })],
  ['the client’s subnet is not', edns({ options: option(OptionCode.ClientSubnet) }), undefined, edns()],
  [
    'a plugin’s options are kept under the client’s size',
    edns(),
    edns({ udpSize: 512, options: cookie }),
    edns({ options: cookie }),
  ],
  ['a plugin’s options replace the client’s', edns({ options: cookie }), edns(), edns()],
  ['DO of the plugin is kept', edns(), edns({ dnssecOk: true }), edns({ dnssecOk: true })],
  ['DO of the client is kept', edns({ dnssecOk: true }), edns(), edns({ dnssecOk: true })],
  ['the version is ours', edns({ version: 1 }), undefined, edns()],
];
for (const [title, asked, made, sent] of ednsRows) {
  test(`OPT: ${title}`, () => {
    assert.deepEqual(done(question('a.', { edns: asked }), { edns: made }).edns, sent);
  });
}

const extendedError = { code: 3, text: 'old' };
const reason = writeOptions([extendedErrorOption(extendedError)]);
const reasonRows: [title: string, asked: Edns | undefined, made: Edns | undefined, sent: Edns | undefined][] =
  [
    ['not without OPT', undefined, undefined, undefined],
    ['not without OPT, though a plugin makes one', undefined, edns(), edns()],
    [
      'under the client’s size and DO bit',
      edns({ dnssecOk: true }),
      undefined,
      edns({ dnssecOk: true, options: reason }),
    ],
    [
      'beside the options that are echoed',
      edns({ options: cookie }),
      undefined,
      edns({ options: Buffer.concat([cookie, reason]) }),
    ],
    [
      'beside a plugin’s options',
      edns({ udpSize: 4096 }),
      edns({ options: cookie }),
      edns({ udpSize: 4096, options: Buffer.concat([cookie, reason]) }),
    ],
  ];
for (const [title, asked, made, sent] of reasonRows) {
  test(`the reason of a reply: ${title}`, () => {
    const message = done(question('a.', { edns: asked }), { edns: made, extendedError });
    assert.deepEqual(message.edns && plainOptions(message.edns), sent && plainOptions(sent));
  });
}

function plainOptions(opt: Edns): Edns {
  return { ...opt, options: Uint8Array.from(opt.options) };
}

test('a size that a plugin lowered limits the reply and is what its OPT record says', () => {
  const answer = Array.from({ length: 200 }, (_, index) => parseRecord(`a. 5 IN A 192.0.2.${index}`));
  const query = question('a.', { edns: edns({ udpSize: 4096 }) });
  const message = done(query, { answer, udpSize: 700 });
  assert.equal(message.edns?.udpSize, 700);
  const length = finish(query, new Reply({ answer, udpSize: 700 })).length;
  assert.ok(length <= 700 && length > 680, `${length} bytes`);
  assert.notEqual(message.flags & TC, 0);
  const smaller = question('a.', { edns: edns({ udpSize: 600 }) });
  assert.equal(done(smaller, { answer, udpSize: 700 }).edns?.udpSize, 600);
  assert.equal(done(question('a.'), { udpSize: 700 }).edns, undefined);
});

test('the upper bits of the rcode travel in OPT', () => {
  assert.equal(done(question('a.', { edns: edns() }), { rcode: 16 }).rcode, 16);
});

const many = (count: number, owner = 'a.'): ResourceRecord[] =>
  Array.from({ length: count }, (_, index) =>
    parseRecord(`${owner} 5 IN A 10.0.${index >> 8}.${index & 255}`),
  );
const spread = (count: number): ResourceRecord[] =>
  Array.from({ length: count }, (_, index) => parseRecord(`h${index}.example.org. 5 IN A 10.0.0.1`));

/** Header and question take 19 bytes, each record 16. */
const fits = Math.floor((512 - 19) / 16);
const limits: [title: string, changes: Partial<QueryFields>, records: number, sent: number][] = [
  ['512 bytes by UDP without EDNS', {}, 100, fits],
  ['what just fits is not cut', {}, fits, fits],
  ['one more is', {}, fits + 1, fits],
  [
    'an EDNS size below 512 counts as 512, OPT within',
    { edns: edns({ udpSize: 100 }) },
    100,
    Math.floor((512 - 30) / 16),
  ],
  ['the EDNS size', { edns: edns({ udpSize: 1232 }) }, 100, Math.floor((1232 - 30) / 16)],
  [
    'the EDNS size with an option',
    { edns: edns({ udpSize: 1232, options: cookie }) },
    100,
    Math.floor((1232 - 35) / 16),
  ],
  [
    'the largest EDNS size, as far as a datagram goes',
    { edns: edns({ udpSize: 65_535 }) },
    5000,
    Math.floor((65_507 - 30) / 16),
  ],
  ['65,535 bytes by TCP', { client: client({ protocol: 'tcp' }) }, 5000, Math.floor((65_535 - 19) / 16)],
  [
    'by TCP the EDNS size is nothing',
    { client: client({ protocol: 'tcp' }), edns: edns({ udpSize: 512 }) },
    100,
    100,
  ],
];
for (const [title, changes, records, sent] of limits) {
  test(`size: ${title}`, () => {
    const answer = many(records);
    const query = question('a.', changes);
    const packet = finish(query, new Reply({ answer }));
    const message = readMessage(packet);
    assert.ok(packet.length <= query.sizeLimit);
    assert.deepEqual(message.answer.map(recordText), answer.slice(0, sent).map(recordText));
    assert.equal((message.flags & TC) !== 0, sent < records);
    assert.equal(message.edns === undefined, changes.edns === undefined);
  });
}

test('truncation keeps answers before authority before additional, and says so for each', () => {
  const reply = { answer: many(10), authority: many(10), additional: many(30) };
  const message = done(question('a.'), reply);
  assert.deepEqual(
    [message.answer, message.authority, message.additional].map((section) => section.length),
    [10, 10, fits - 20],
  );
  assert.ok(message.flags & TC);
  const answersOnly = done(question('a.'), { ...reply, answer: many(50) });
  assert.deepEqual([answersOnly.authority, answersOnly.additional], [[], []]);
});

test('nothing that comes after the first record that does not fit is sent', () => {
  const large = parseRecord(`a. 5 IN TXT ${'x'.repeat(250)} ${'y'.repeat(250)}`);
  const message = done(question('a.'), { answer: [...many(1), large, ...many(1)], additional: many(1) });
  assert.deepEqual([message.answer.length, message.additional.length], [1, 0]);
});

test('names are compressed once the reply does not fit without', () => {
  const small = finish(question('a.example.org.'), new Reply({ answer: spread(5) }));
  assert.equal(small.length, 31 + 5 * (16 + 14));
  const message = done(question('a.example.org.'), { answer: spread(22) });
  assert.equal(message.answer.length, 22);
  assert.equal(message.flags & TC, 0);
});

const fragments: [family: 4 | 6, protocol: 'udp' | 'tcp', bytes: number, compressed: boolean][] = [
  [4, 'udp', 1480, false],
  [4, 'udp', 1481, true],
  [6, 'udp', 1220, false],
  [6, 'udp', 1221, true],
  [4, 'tcp', 9000, false],
  [6, 'tcp', 9000, false],
];
for (const [family, protocol, bytes, compressed] of fragments) {
  test(`${bytes} bytes by ${protocol} over IPv${family} are ${compressed ? '' : 'not '}compressed`, () => {
    const query = question('a.example.org.', {
      client: client({ family, protocol }),
      edns: edns({ udpSize: 9000 }),
    });
    const names = spread(10);
    const used = finish(query, new Reply({ answer: names })).length;
    const filler = {
      ...names[0]!,
      name: 'a.example.org.',
      type: 65280,
      data: new Uint8Array(bytes - used - 12),
    };
    const packet = finish(query, new Reply({ answer: [...names, filler] }));
    assert.equal(packet.length < bytes, compressed, String(packet.length));
    const { answer, flags } = readMessage(packet);
    assert.deepEqual([answer.length, flags & TC], [11, 0]);
  });
}

test('options larger than what the client takes are not echoed', () => {
  const padding = option(OptionCode.Padding, 600);
  const packet = finish(
    question('a.', { edns: edns({ udpSize: 512, options: padding }) }),
    new Reply({ answer: many(1) }),
  );
  assert.ok(packet.length <= 512);
  assert.deepEqual(readOptions(readMessage(packet).edns!.options), []);
});
