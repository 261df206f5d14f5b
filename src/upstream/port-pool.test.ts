import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { addressRecord, replyTo, startUpstream } from '../../test/kit/scripted-upstream.ts';
import { seededRandom } from '../plugin/random.ts';
import { HeaderFlag } from '../wire/codes.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import { socketKinds } from './datagrams/test-socket-kinds.ts';
import { PortPool } from './port-pool.ts';
import { Upstream } from './upstream.ts';

/** A socket of which tests say how busy it is. */
class FakeSocket implements Connection {
  asked = 0;
  inFlight = 0;
  usable = true;
  isOpen = true;
  readonly #owner: ConnectionOwner;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
  }

  exchange(): void {
    this.asked++;
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#owner.gone(this);
  }

  done(): void {
    this.#owner.idle(this);
  }
}

function poolOf(
  places: number,
  maximumIdle = 0,
): { pool: PortPool; clock: FakeClock; sockets: FakeSocket[] } {
  const clock = new FakeClock();
  const sockets: FakeSocket[] = [];
  const limits = { expire: 10_000, maximumAge: 0, maximumIdle, maximumOpen: places };
  const pool = new PortPool(limits, clock, seededRandom(7), (owner) => {
    const socket = new FakeSocket(owner);
    sockets.push(socket);
    return socket;
  });
  return { pool, clock, sockets };
}

const take = (pool: PortPool): Connection => pool.reuse() ?? pool.open();
const openOf = (sockets: readonly FakeSocket[]): number => sockets.filter(({ isOpen }) => isOpen).length;

test('all places are used, and no more sockets are opened', () => {
  const { pool, sockets } = poolOf(16);
  for (let query = 0; query < 1000; query++) take(pool);
  assert.equal(sockets.length, 16);
});

test('queries that come at once share a place, eight at most; those that come one by one do not', async () => {
  const { pool, sockets } = poolOf(4096);
  const query = { flags: 0, question: { name: 'www.example.org.', type: 1, class: 1 }, edns: undefined };
  const listener = { replied: () => undefined, failed: assert.fail };
  const asked = (): number[] => sockets.splice(0).map((socket) => socket.asked);
  for (let count = 0; count < 80; count++) pool.exchange(query, 2000, listener);
  const together = asked();
  assert.ok(together.length > 8 && together.every((count) => count % 8 === 0), together.join(' '));
  for (let count = 0; count < 80; count++) {
    await Promise.resolve();
    pool.exchange(query, 2000, listener);
  }
  const apart = asked();
  assert.ok(apart.length > 70, apart.join(' '));
  pool.abort();
});

test('max_idle_conns bounds the idle ones', () => {
  const { pool, sockets } = poolOf(16, 3);
  for (let query = 0; query < 1000; query++) take(pool);
  for (const socket of sockets) socket.done();
  assert.equal(openOf(sockets), 3);
});

test('sockets that are used up are replaced, close with their last reply, and are bounded', () => {
  const { pool, sockets } = poolOf(16);
  for (let query = 0; query < 5000; query++) {
    take(pool);
    for (const socket of sockets.slice(-1)) socket.usable = false;
    assert.ok(openOf(sockets) <= 32);
  }
  const last = sockets.filter(({ isOpen }) => isOpen);
  for (const socket of last) socket.done();
  assert.equal(openOf(sockets), 16, 'those without a place are closed');
});

test('every socket is replaced after 10 s, however busy', () => {
  const { pool, clock, sockets } = poolOf(16);
  for (let query = 0; query < 1000; query++) take(pool);
  clock.advance(9999);
  for (let query = 0; query < 1000; query++) take(pool);
  assert.equal(sockets.length, 16);
  clock.advance(1);
  for (let query = 0; query < 1000; query++) take(pool);
  assert.equal(sockets.length, 32);
  pool.abort();
  assert.equal(openOf(sockets), 0);
  assert.equal(clock.pending, 0);
});

test('idle sockets are closed after expire', () => {
  const { pool, clock, sockets } = poolOf(16);
  for (let query = 0; query < 1000; query++) take(pool);
  for (const socket of sockets) socket.done();
  clock.advance(20_000);
  assert.equal(openOf(sockets), 0);
  assert.equal(clock.pending, 0);
});

for (const { kind, open: sockets } of socketKinds) {
  test(`entropy by ${kind}: 4,000 queries come from at least 256 ports, evenly, with ids and letter case by chance`, async () => {
    const record = addressRecord('www.example.org.', 60, 192, 0, 2, 7);
    await using server = await startUpstream((received) => [replyTo(received, { answer: [record] })]);
    const clock = new FakeClock();
    const limits = { expire: 10_000, maximumAge: 0, maximumIdle: 0 };
    const upstream = new Upstream({
      address: '127.0.0.1',
      port: server.port,
      clock,
      random: seededRandom(3),
      sockets,
      ...limits,
    });
    const question = { name: 'www.example.org.', type: 1, class: 1 };
    for (let query = 0; query < 4000; query++) {
      await upstream.ask({ flags: HeaderFlag.RD, question, edns: undefined }, 'udp', 2000);
      if (query === 2000) clock.advance(10_000);
    }
    const bits = (values: readonly (number | string)[]): number => {
      const counts = new Map<number | string, number>();
      for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
      let entropy = 0;
      for (const count of counts.values())
        entropy -= (count / values.length) * Math.log2(count / values.length);
      return entropy;
    };
    const ports = server.received.map(({ port }) => port);
    assert.ok(new Set(ports.slice(0, 2000)).size >= 250 && new Set(ports).size >= 400);
    assert.ok(bits(ports) > 8, `${bits(ports)} bits of source port`);
    const ids = server.received.map(({ message }) => message.id);
    assert.ok(bits(ids) > 11.8, `${bits(ids)} bits of id, of ${Math.log2(4000)} that 4,000 can show`);
    const names = server.received.map(({ message }) => message.question!.name);
    assert.ok(bits(names) > 11, `${bits(names)} bits of letter case`);
    assert.equal(names[0], question.name, 'the first one goes out as it came');
    upstream.abort();
  });
}
