import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { admit } from '../server/admission.ts';
import { readQuery } from '../server/read-query.ts';
import { Reply } from '../server/reply.ts';
import { isPlain } from './plain-query.ts';
import { packetFor } from './test-world.ts';

const longest = `${`${'x'.repeat(63)}.`.repeat(3)}${'y'.repeat(61)}.`;
const plain = packetFor('web.example.');
const withOpt = packetFor('web.example.', { edns: {} });
/** A query with one byte changed. */
const changed = (packet: Buffer, offset: number, byte: number): Buffer => {
  const copy = Buffer.from(packet);
  copy[offset < 0 ? copy.length + offset : offset] = byte;
  return copy;
};

const rows: { title: string; packet: Buffer; expected: boolean }[] = [
  { title: 'one question', packet: plain, expected: true },
  { title: 'the root', packet: packetFor('.'), expected: true },
  { title: 'the longest name', packet: packetFor(longest), expected: true },
  { title: 'the longest name with OPT', packet: packetFor(longest, { edns: {} }), expected: true },
  { title: 'a bare OPT record', packet: withOpt, expected: true },
  { title: 'a DO bit', packet: packetFor('a.', { edns: { dnssecOk: true } }), expected: true },
  { title: 'RD, AD and CD', packet: packetFor('a.', { flags: 0x0130 }), expected: true },
  { title: 'a reply', packet: packetFor('a.', { flags: 0x8100 }), expected: false },
  { title: 'opcode NOTIFY', packet: packetFor('a.', { flags: 0x2000 }), expected: false },
  { title: 'opcode 1', packet: packetFor('a.', { flags: 0x0800 }), expected: false },
  { title: 'EDNS version 1', packet: packetFor('a.', { edns: { version: 1 } }), expected: false },
  {
    title: 'an option',
    packet: packetFor('a.', { edns: { options: Buffer.from('000a0000', 'hex') } }),
    expected: false,
  },
  { title: 'no question', packet: changed(plain, 5, 0), expected: false },
  { title: 'two questions', packet: changed(plain, 5, 2), expected: false },
  { title: '257 questions', packet: changed(plain, 4, 1), expected: false },
  { title: 'an answer', packet: changed(plain, 7, 1), expected: false },
  { title: '256 answers', packet: changed(plain, 6, 1), expected: false },
  { title: 'an authority record', packet: changed(plain, 9, 1), expected: false },
  { title: '256 authority records', packet: changed(plain, 8, 1), expected: false },
  { title: 'an additional record that is not there', packet: changed(plain, 11, 1), expected: false },
  { title: 'two additional records', packet: changed(withOpt, 11, 2), expected: false },
  { title: '257 additional records', packet: changed(withOpt, 10, 1), expected: false },
  { title: 'an OPT record that is not counted', packet: changed(withOpt, 11, 0), expected: false },
  { title: 'an additional record of another type', packet: changed(withOpt, -9, 1), expected: false },
  { title: 'OPT data that is not there', packet: changed(withOpt, -1, 1), expected: false },
  { title: 'OPT not at the root', packet: changed(withOpt, -11, 1), expected: false },
  { title: 'a byte too many', packet: Buffer.concat([plain, Buffer.alloc(1)]), expected: false },
  { title: 'a byte too few', packet: plain.subarray(0, -1), expected: false },
  { title: 'a byte after OPT', packet: Buffer.concat([withOpt, Buffer.alloc(1)]), expected: false },
  { title: 'a compressed name', packet: changed(plain, 12, 0xc0), expected: false },
  { title: 'a label of an unknown kind', packet: changed(plain, 12, 0x40), expected: false },
  { title: 'a label that ends beyond the packet', packet: changed(plain, 12, 63), expected: false },
  { title: 'nothing', packet: Buffer.alloc(0), expected: false },
  { title: 'a header', packet: plain.subarray(0, 12), expected: false },
  {
    title: 'a name of 256 bytes',
    packet: Buffer.concat([
      plain.subarray(0, 12),
      Buffer.from(`${`?${'x'.repeat(63)}`.repeat(3)}>${'y'.repeat(62)}\0`, 'latin1'),
      Buffer.from([0, 1, 0, 1]),
    ]),
    expected: false,
  },
];
for (const { title, packet, expected } of rows) {
  test(`${title} is ${expected ? '' : 'not '}plain, wherever it lies`, () => {
    assert.equal(isPlain(packet, 0, packet.length), expected);
    const around = Buffer.concat([Buffer.alloc(7, 0xff), packet, Buffer.alloc(300)]);
    assert.equal(isPlain(around, 7, packet.length), expected);
  });
}

test('whatever is plain is read by the server as one question without options', () => {
  const client = {
    protocol: 'udp',
    address: '',
    port: 0,
    family: 4,
    localAddress: '',
    localPort: 0,
  } as const;
  const arrival = { server: '', resolve: () => Reply.silence };
  const byte = fc.record({ at: fc.nat(60), value: fc.integer({ min: 0, max: 255 }) });
  let found = 0;
  fc.assert(
    fc.property(fc.boolean(), fc.array(byte, { maxLength: 4 }), (edns, changes) => {
      const packet = Buffer.from(edns ? withOpt : plain);
      for (const { at, value } of changes) if (at < packet.length) packet[at] = value;
      if (!isPlain(packet, 0, packet.length)) return;
      found++;
      assert.equal(admit(packet), 'accept');
      const query = readQuery(packet, client, arrival);
      assert.equal(query.edns?.options.length ?? 0, 0);
      assert.equal(query.edns?.version ?? 0, 0);
      assert.equal(query.edns !== undefined, packet[11] === 1);
    }),
    { numRuns: 2000 },
  );
  assert.ok(found > 200);
});
