import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPlainDns } from '../../src/transport/open.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { startServer } from '../kit/server.ts';
import { attack } from './attack.ts';
import { fuzzCorefile } from './corefile.ts';
import { corpus } from './corpus.ts';
import { faultOf, verdict } from './judge.ts';
import { mutated } from './mutations.ts';

test('every query of the corpus is sound', () => {
  for (const packet of corpus()) assert.equal(verdict(packet), 'answer', packet.toString('hex'));
});

test('6,000 mutated packets through the whole server: each gets what it should', async () => {
  await using server = await startServer(fuzzCorefile(53, 0));
  const random = seededRandom(20_260_101);
  const queries = corpus();
  let reached = 0;
  for (let count = 0; count < 6000; count++) {
    const protocol = count % 10 === 0 ? 'tcp' : 'udp';
    const packet = mutated(queries, random);
    const reply = await server.send(packet, { protocol, server: 'dns://127.0.0.1:53' });
    const fault = reply === undefined ? undefined : faultOf(packet, reply, protocol);
    assert.equal(fault, undefined, packet.toString('hex'));
    assert.equal(reply === undefined, verdict(packet) === 'silence', packet.toString('hex'));
    if (verdict(packet) === 'answer') reached++;
  }
  assert.ok(reached > 2000, String(reached));
  assert.equal(await server.metric('coredns_panics_total'), 0);
});

test('2,000 mutated packets by UDP and TCP', async () => {
  await using server = await startServer(fuzzCorefile(53, 0));
  const [udp, tcp] = await openPlainDns(server.surroundings)('127.0.0.1', 0, 'dns://127.0.0.1:53');
  const { handler } = server.transport('udp');
  for (const transport of [udp!, tcp!]) transport.handler = handler;
  try {
    const result = await attack({ port: udp!.port, packets: 2000, seed: 7, tcpEvery: 3 });
    assert.ok(result.answer > 667, JSON.stringify(result));
  } finally {
    await Promise.all([udp!.close(0), tcp!.close(0)]);
  }
});

const faults: [title: string, packet: string, reply: string, says: RegExp][] = [
  ['silence', '000080000001000000000000', '000080010000000000000000', /no query/],
  ['another id', '000100000001000000000000', '000280010000000000000000', /another id/],
  ['no QR', '000100000001000000000000', '000100010000000000000000', /is none/],
  ['a wrong code', '000100000002000000000000', '000180000000000000000000', /format-error expected/],
  [
    'an error in place of an answer',
    '000100000001000000000000' + '0000010001',
    '000180010000000000000000',
    /answer expected/,
  ],
  [
    'another question',
    '000100000001000000000000' + '0000010001',
    '000180000001000000000000' + '0000020001',
    /another question/,
  ],
  ['half a reply', '000100000001000000000000' + '0000010001', '000180000001000000000000', /does not parse/],
];
for (const [title, packet, reply, says] of faults) {
  test(`the judge finds ${title}`, () => {
    assert.match(faultOf(Buffer.from(packet, 'hex'), Buffer.from(reply, 'hex'), 'udp') ?? '', says);
  });
}
