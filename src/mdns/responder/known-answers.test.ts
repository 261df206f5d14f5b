import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkWorld, record } from '../../../test/kit/link-world.ts';
import { HOST, OTHERS, THEM, US, scene } from './test-scene.ts';

const KNOWN = '_http._tcp.local. 2250 PTR Front\\ door._http._tcp.local.';
const knownAnswers: readonly (readonly [string, string, readonly string[], boolean])[] = [
  ['with half of its life', '_http._tcp.local. PTR', [KNOWN], false],
  ['with less than half', '_http._tcp.local. PTR', [KNOWN.replace('2250', '2249')], true],
  [
    'in another letter case',
    '_http._tcp.local. PTR',
    [KNOWN.replace('_http._tcp.local. 2', '_HTTP._TCP.local. 2')],
    false,
  ],
  ['of another instance', '_http._tcp.local. PTR', [KNOWN.replace('door', 'gate')], true],
  ['half of a unique set', 'gw.local. A', ['gw.local. 120 A 192.0.2.10'], true],
  ['all of a unique set', 'gw.local. A', ['gw.local. 120 A 192.0.2.10', 'gw.local. 120 A 192.0.2.11'], false],
  ['that there is none', 'gw.local. AAAA', ['gw.local. 120 NSEC gw.local. A'], false],
];
for (const [title, question, known, isAnswered] of knownAnswers) {
  test(`known answers: ${title}: ${isAnswered ? 'answered' : 'silence'}`, () => {
    const { world, peer, heard } = scene();
    peer.ask(question, known.map(record));
    world.clock.advance(2000);
    assert.equal(heard().length, isAnswered ? 1 : 0);
  });
}

/** More known answers than fit into two packets, the last of them ours. */
function manyKnown(): ReturnType<typeof record>[] {
  const others = Array.from({ length: 90 }, (_, index) => {
    return record(
      `_http._tcp.local. 4500 PTR somebody\\ with\\ a\\ long\\ name\\ ${index}._http._tcp.local.`,
    );
  });
  return [...others, record(KNOWN)];
}

test('more known answers follow: waits for them for 400 to 500 ms, and says nothing that is among them', () => {
  const { world, peer, heard, begin } = scene();
  peer.ask('_http._tcp.local. PTR', manyKnown());
  assert.ok(world.packets(begin, THEM).length > 1, 'more than one packet');
  world.clock.advance(2000);
  assert.deepEqual(heard(), []);
});

test('more known answers follow: what is not among them is answered after 400 to 500 ms', () => {
  const { world, peer, heard, begin } = scene();
  peer.ask('_http._tcp.local. PTR', manyKnown().slice(0, -1));
  world.clock.advance(2000);
  const [answer, ...rest] = heard();
  const delay = answer!.at - begin;
  assert.ok(delay >= 400 && delay <= 502, `${delay} ms`);
  assert.deepEqual(rest, []);
});

for (const unicast of ['', ' QU']) {
  test(`more known answers follow: those of one unique set may come in several packets${unicast}`, () => {
    const [first, second] = ['gw.local. 120 A 192.0.2.10', 'gw.local. 120 A 192.0.2.11'].map(record);
    for (const [last, isAnswered] of [
      [second!, false],
      [record('gw.local. 120 A 192.0.2.12'), true],
    ] as const) {
      const { world, peer, heard, begin } = scene();
      peer.ask(`gw.local. A${unicast}`, [first!, ...manyKnown(), last]);
      assert.ok(world.packets(begin, THEM).length > 1, 'more than one packet');
      world.clock.advance(2000);
      assert.equal(heard().length, isAnswered ? 1 : 0);
    }
  });
}

test('what somebody else asked for as well is answered, whatever the first one knows', () => {
  const { world, peer, heard } = scene();
  const other = world.peer(OTHERS);
  const known = manyKnown();
  other.ask('_http._tcp.local. PTR');
  peer.ask('_http._tcp.local. PTR', known);
  world.clock.advance(2000);
  assert.equal(heard().length, 1);
});

test('an answer that somebody else gives in the meantime is not given again', () => {
  const { world, peer, heard } = scene();
  const other = world.peer(OTHERS);
  peer.ask('_http._tcp.local. PTR');
  world.clock.advance(5);
  other.say([record('_http._tcp.local. 4500 PTR Front\\ door._http._tcp.local.')]);
  world.clock.advance(2000);
  assert.deepEqual(heard(), []);
});

test('an answer that somebody else gives with a shorter life is given all the same', () => {
  const { world, peer, heard } = scene();
  const other = world.peer(OTHERS);
  peer.ask('_http._tcp.local. PTR');
  world.clock.advance(5);
  other.say([record('_http._tcp.local. 3000 PTR Front\\ door._http._tcp.local.')]);
  world.clock.advance(2000);
  assert.equal(heard().length, 1);
});

test('what somebody else says of ours with less than half its life, or takes back, is put right', () => {
  for (const ttl of [0, 59]) {
    const { world, said } = scene();
    world.peer(OTHERS).say([record(`dual.local. ${ttl} A 192.0.2.10`)]);
    world.clock.advance(500);
    assert.deepEqual(said(), ['!dual.local. A 192.0.2.10 + !dual.local. AAAA fe80::10'], `TTL ${ttl}`);
  }
  const { world, said } = scene();
  world.peer(OTHERS).say([record('dual.local. 60 A 192.0.2.10')]);
  world.clock.advance(2000);
  assert.deepEqual(said(), [], 'half is enough');
});

test('where another speaks for the same, unique answers wait, and one of both is enough', () => {
  const world = new LinkWorld(5);
  const engines = [world.engine(US), world.engine(OTHERS)];
  for (const engine of engines) engine.publish(HOST, undefined, true);
  world.clock.advance(10_000);
  const peer = world.peer(THEM);
  const before = world.packets().length;
  for (let round = 0; round < 20; round++) {
    peer.ask('gw.local. A');
    world.clock.advance(3000);
  }
  const answered = world.packets().length - before - 20;
  assert.ok(answered >= 20 && answered <= 22, `${answered} answers to 20 questions`);
});
