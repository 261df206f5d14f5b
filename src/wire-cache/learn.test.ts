import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { finish } from '../server/finish.ts';
import { UNCHANGING } from '../server/repeat.ts';
import type { GivenReply } from '../server/repeat.ts';
import { Reply } from '../server/reply.ts';
import type { ReplyFields } from '../server/reply.ts';
import type { Dependencies } from '../truth/dependencies.ts';
import { Rcode, RecordType } from '../wire/codes.ts';
import { NO_OPTIONS } from '../wire/edns.ts';
import { parseRecord } from '../wire/presentation.ts';
import { withTtl } from '../wire/record.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { Permission } from './repeatability.ts';
import { addressReply, allowing, packetFor, TestWorld } from './test-world.ts';

const NAME = 'web.example.';
const good = addressReply(NAME, [[10, 0, 0, 1]]);
const edns = { udpSize: 1232, version: 0, dnssecOk: false, options: NO_OPTIONS };
const option = Buffer.from('000f00020003', 'hex');

interface Row {
  readonly title: string;
  readonly packet?: Buffer;
  readonly reply?: Reply;
  readonly read?: (dependencies: Dependencies, world: TestWorld) => void;
  /** Between the answer and its being judged. */
  readonly meanwhile?: (world: TestWorld) => void;
  readonly change?: (given: GivenReply) => GivenReply;
  readonly permission?: Permission;
  /** Undefined: it is learned. */
  readonly refusal?: string;
}

/** The good reply with some fields changed; that it is its own repeat is said anew. */
const changed = (fields: ReplyFields): Reply => good.with({ repeat: UNCHANGING, ...fields });
const records = (...texts: string[]): ResourceRecord[] => texts.map((text) => parseRecord(text));

const rows: Row[] = [
  { title: 'that is its own repeat' },
  { title: 'without records', reply: changed({ answer: [] }) },
  { title: 'that is NXDOMAIN', reply: changed({ rcode: Rcode.NameError, answer: [] }) },
  { title: 'to a query with OPT', packet: packetFor(NAME, { edns: {} }) },
  { title: 'that does not say so', reply: good.with({}), refusal: 'not its own repeat' },
  { title: 'that failed', reply: changed({ error: new Error('x') }), refusal: 'not its own repeat' },
  {
    title: 'of silence',
    change: (given) => ({ ...given, reply: Reply.silence }),
    refusal: 'not its own repeat',
  },
  {
    title: 'of a block with a plugin that says nothing',
    permission: { allowed: false, plugins: ['log'] },
    refusal: 'not allowed',
  },
  {
    title: 'to a query with an option',
    packet: packetFor(NAME, { edns: { options: option } }),
    refusal: 'not plain',
  },
  {
    title: 'by TCP',
    change: (given) => {
      const client = { ...given.query.client, protocol: 'tcp' as const };
      return { ...given, query: given.query.with({ client }) };
    },
    refusal: 'not plain',
  },
  {
    title: 'to a question of the server’s own',
    change: (given) => ({ ...given, query: given.query.with({ depth: 1 }) }),
    refusal: 'not plain',
  },
  {
    title: 'to a transfer',
    packet: packetFor(NAME, { type: RecordType.IXFR }),
    refusal: 'not plain',
  },
  {
    title: 'with an option',
    packet: packetFor(NAME, { edns: {} }),
    reply: changed({ edns: { ...edns, options: option } }),
    refusal: 'odd reply',
  },
  {
    title: 'with an OPT record that nobody asked for, but no option',
    reply: changed({ edns }),
  },
  {
    title: 'to another question',
    change: (given) => {
      const bytes = Buffer.from(given.bytes);
      bytes[13] = bytes[13]! ^ 0x20;
      return { ...given, bytes };
    },
    refusal: 'odd reply',
  },
  {
    title: 'that is cut short',
    change: (given) => ({ ...given, bytes: given.bytes.subarray(0, -1) }),
    refusal: 'odd reply',
  },
  {
    title: 'with bytes behind',
    change: (given) => ({ ...given, bytes: Buffer.concat([given.bytes, Buffer.alloc(1)]) }),
    refusal: 'odd reply',
  },
  {
    title: 'made from more than eight things',
    read: (dependencies, { cells }) => {
      for (let count = 0; count < 9; count++) dependencies.read(cells, cells.allocate());
    },
    refusal: 'too much consulted',
  },
  {
    title: 'made by asking the whole server',
    read: (dependencies) => {
      dependencies.crossedBlocks = true;
    },
    refusal: 'too much consulted',
  },
  {
    title: 'made from what has changed since',
    read: (dependencies, { cells }) => {
      const cell = cells.allocate();
      dependencies.read(cells, cell);
      cells.bump(cell);
    },
    refusal: 'outdated',
  },
  {
    title: 'of the configuration before',
    meanwhile: ({ cells, configuration }) => cells.bump(configuration.cell),
    refusal: 'outdated',
  },
  {
    title: 'whose time has run out',
    reply: changed({ repeat: { until: 100_000 } }),
    refusal: 'outdated',
  },
  {
    title: 'whose shortest TTL has run out meanwhile',
    reply: changed({ repeat: { running: { since: 60_000, elapsed: 10 } } }),
    refusal: 'outdated',
  },
  {
    title: 'with a TTL of 0',
    reply: changed({ answer: withTtl(good.answer, 0) }),
    refusal: 'no time to live',
  },
  {
    title: 'with an impossible TTL',
    reply: changed({ answer: withTtl(good.answer, 2 ** 31) }),
    refusal: 'no time to live',
  },
  {
    title: 'whose SOA records have different serials though they follow one cell',
    reply: changed({
      repeat: { serialCell: 9 },
      authority: records('a. 5 IN SOA b. c. 1 2 3 4 5', 'a. 5 IN SOA b. c. 2 2 3 4 5'),
    }),
    refusal: 'odd reply',
  },
  {
    title: 'larger than a record can be',
    packet: packetFor(NAME, { edns: { udpSize: 65_535 } }),
    reply: changed({
      answer: Array.from({ length: 3900 }, (_, index) =>
        parseRecord(`${NAME} 5 IN A 10.0.${index >> 8}.${index & 255}`),
      ),
    }),
    refusal: 'too large',
  },
  {
    title: 'that is cut, the order being as it was',
    reply: changed({
      answer: Array.from({ length: 100 }, (_, index) => parseRecord(`${NAME} 5 IN A 10.0.0.${index}`)),
    }),
  },
  {
    title: 'whose addresses do not stand together, in drawn order',
    permission: allowing({ varied: true }),
    reply: changed({
      answer: records(`${NAME} 5 IN A 10.0.0.1`, `${NAME} 5 IN TXT x`, `${NAME} 5 IN A 10.0.0.2`),
    }),
    refusal: 'not variable',
  },
];
for (const { title, refusal, ...row } of rows) {
  test(`a reply ${title} is ${refusal === undefined ? 'learned' : `not learned: ${refusal}`}`, () => {
    const world = new TestWorld();
    const { packet = packetFor(NAME), reply = good, read } = row;
    const given = world.give(packet, reply, (dependencies) => read?.(dependencies, world));
    row.meanwhile?.(world);
    const judged = world.judge(row.change?.(given) ?? given, row.permission);
    if (refusal !== undefined) return assert.equal(judged, refusal);
    if (typeof judged === 'string') return assert.fail(judged);
    world.deliver(judged);
    assert.deepEqual(world.ask(packet), given.bytes);
  });
}

const owners = ['web.example.', 'mail.example.', 'a.b.web.example.', 'other.test.', '.'];
const texts = [
  'A 192.0.2.1',
  'AAAA 2001:db8::1',
  'TXT "some text"',
  'MX 10 mail.example.',
  'SRV 0 0 80 a.b.web.example.',
  'NS ns.other.test.',
  'SOA ns.example. hostmaster.web.example. 1 2 3 4 5',
  'CNAME web.example.',
  'TYPE65400 \\# 3 010203',
];
const record = fc
  .tuple(fc.constantFrom(...owners), fc.constantFrom(...texts), fc.integer({ min: 20, max: 100_000 }))
  .map(([owner, text, ttl]) => parseRecord(`${owner} ${ttl} IN ${text}`));
const section = fc.array(record, { maxLength: 30, size: 'max' });

test('running down the TTLs of the bytes is the same as finishing the reply with lower TTLs', () => {
  let cut = 0;
  fc.assert(
    fc.property(
      fc.record({ answer: section, authority: section, additional: section }),
      fc.constantFrom(undefined, { udpSize: 512 }, { udpSize: 1232 }, { udpSize: 4096 }),
      fc.nat(19_999),
      fc.integer({ min: -50, max: 19_000 }),
      (sections, asked, first, later) => {
        const world = new TestWorld();
        const packet = packetFor('web.example.', { edns: asked });
        const running = { since: world.now - first, elapsed: Math.floor(first / 1000) };
        const reply = new Reply({ ...sections, repeat: { running } });
        const given = world.give(packet, reply);
        if ((given.bytes[2]! & 2) !== 0) cut++;
        world.teach(given);
        // There and back again: the template itself is changed on the way.
        for (const now of [world.now, world.now + later, world.now + 7]) {
          world.now = now;
          const elapsed = Math.floor((now - running.since) / 1000) - running.elapsed;
          if (elapsed >= 20 || elapsed < 0) continue;
          const lower = (list: typeof reply.answer): typeof list =>
            list.map((one) => ({ ...one, ttl: one.ttl - elapsed }));
          const { answer, authority, additional } = sections;
          const lowered = {
            answer: lower(answer),
            authority: lower(authority),
            additional: lower(additional),
          };
          assert.deepEqual(world.ask(packet), finish(given.query, reply.with(lowered)));
        }
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(cut > 30, `${cut} replies were cut`);
});
