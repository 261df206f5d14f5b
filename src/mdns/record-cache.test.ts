import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { record, shown, testCounters } from '../../test/kit/link-world.ts';
import { SimulatedLink } from '../../test/kit/simulated-link.ts';
import { createLogger } from '../log/logger.ts';
import { seededRandom } from '../plugin/random.ts';
import { DeadlineQueue } from '../plugin/deadline-queue.ts';
import { LinkTwins } from './link-twins.ts';
import { RecordCache } from './record-cache.ts';

const THEM = '192.0.2.20';

/** A cache, what it tells of `gw.local. A`, and a hand to put records in. */
function world() {
  const clock = new FakeClock();
  const counters = testCounters();
  const link = new SimulatedLink(clock).station('eth0', '192.0.2.10');
  const cache = new RecordCache({
    link,
    twins: new LinkTwins(link, clock, () => undefined),
    clock,
    random: seededRandom(1),
    deadlines: new DeadlineQueue(clock),
    log: createLogger(() => undefined),
    counters,
    mark: new Uint8Array(0),
    send: () => undefined,
  });
  const told: string[] = [];
  cache.watch('gw.local.', 1, {
    appeared: (held) => told.push(`appeared ${shown(held.record)}`),
    refreshed: (held) => told.push(`refreshed ${shown(held.record)}`),
    gone: (held) => told.push(`gone ${shown(held.record)}`),
  });
  return {
    clock,
    counters,
    cache,
    told,
    put: (text: string, sender = THEM, isProxied = false): void => cache.put(record(text), sender, isProxied),
    held: (name = 'gw.local.', type = 1): string[] =>
      cache.lookup(name, type).map((one) => shown(one.record)),
  };
}

test('a record is there until its time is up', () => {
  const { clock, told, put, held, counters } = world();
  put('!gw.local. 120 A 192.0.2.1');
  clock.advance(119_900);
  assert.deepEqual([held().length, counters.records.value], [1, 1]);
  clock.advance(200);
  assert.deepEqual([held(), counters.records.value], [[], 0]);
  assert.deepEqual(told, ['appeared !gw.local. 120 A 192.0.2.1', 'gone !gw.local. 120 A 192.0.2.1']);
});

test('names are found, and told of, in any letter case', () => {
  const { told, put, held } = world();
  put('GW.Local. 120 A 192.0.2.1');
  assert.deepEqual(held('gw.LOCAL.'), ['GW.Local. 120 A 192.0.2.1']);
  put('gw.local. 120 A 192.0.2.1');
  assert.deepEqual(told, ['appeared GW.Local. 120 A 192.0.2.1', 'refreshed gw.local. 120 A 192.0.2.1']);
});

test('told again, it lives anew', () => {
  const { clock, put, held } = world();
  put('!gw.local. 120 A 192.0.2.1');
  clock.advance(100_000);
  put('!gw.local. 120 A 192.0.2.1');
  clock.advance(100_000);
  assert.equal(held().length, 1);
});

test('a goodbye ends it after a second, unless it is told again before that', () => {
  const { clock, put, held } = world();
  put('gw.local. 120 A 192.0.2.1');
  put('gw.local. 0 A 192.0.2.1');
  clock.advance(900);
  assert.equal(held().length, 1);
  put('gw.local. 120 A 192.0.2.1');
  clock.advance(10_000);
  assert.equal(held().length, 1);
  put('gw.local. 0 A 192.0.2.1');
  clock.advance(1100);
  assert.deepEqual(held(), []);
});

test('a goodbye for what is not known is no news', () => {
  const { told, put, counters } = world();
  put('gw.local. 0 A 192.0.2.1');
  assert.deepEqual([told, counters.records.value], [[], 0]);
});

test('goodbyes that are repeated do not keep it', () => {
  const { clock, put, held } = world();
  put('gw.local. 120 A 192.0.2.1');
  for (let count = 0; count < 4; count++) {
    put('gw.local. 0 A 192.0.2.1');
    clock.advance(300);
  }
  assert.deepEqual(held(), []);
});

test('a unique record ends the others of its name and type after a second, but not those of the same second', () => {
  const { clock, put, held } = world();
  put('!gw.local. 120 A 192.0.2.1');
  put('!gw.local. 120 AAAA fe80::1');
  clock.advance(5000);
  put('!gw.local. 120 A 192.0.2.2');
  clock.advance(500);
  put('!gw.local. 120 A 192.0.2.3');
  assert.equal(held().length, 3);
  clock.advance(600);
  assert.deepEqual(held(), ['!gw.local. 120 A 192.0.2.2', '!gw.local. 120 A 192.0.2.3']);
  assert.equal(held('gw.local.', 28).length, 1, 'another type stays');
});

test('a shared record ends nothing', () => {
  const { clock, put, held } = world();
  put('gw.local. 120 A 192.0.2.1');
  clock.advance(5000);
  put('gw.local. 120 A 192.0.2.2');
  clock.advance(5000);
  assert.equal(held().length, 2);
});

test('nobody is believed for longer than a day', () => {
  const { clock, put, held } = world();
  put('gw.local. 2000000 A 192.0.2.1');
  clock.advance(86_400_001);
  assert.deepEqual(held(), []);
});

test('a record may be ended sooner, never later', () => {
  const { clock, cache, put, held } = world();
  put('gw.local. 120 A 192.0.2.1');
  const [one] = cache.lookup('gw.local.', 1);
  cache.endBy(one!, clock.monotonic() + 500_000);
  cache.endBy(one!, clock.monotonic() + 10_000);
  clock.advance(10_100);
  assert.deepEqual(held(), []);
  cache.endBy(one!, clock.monotonic() + 1);
  clock.advance(10);
});

test('who told it last, and whether for another link', () => {
  const { cache, put } = world();
  put('gw.local. 120 A 192.0.2.1', '192.0.2.30', true);
  const [one] = cache.lookup('gw.local.', 1);
  assert.deepEqual([one!.sender, one!.isProxied], ['192.0.2.30', true]);
  put('gw.local. 120 A 192.0.2.1');
  assert.deepEqual([one!.sender, one!.isProxied], [THEM, false]);
});

test('one sender cannot fill the cache, nor take the place of others', () => {
  const { cache, put, held, counters } = world();
  put('gw.local. 120 A 192.0.2.1', '192.0.2.30');
  const text = `"${'x'.repeat(250)}"`;
  for (let index = 0; index < 10_000; index++) put(`flood-${index}.local. 4500 TXT ${text}`, THEM);
  assert.equal(held().length, 1);
  assert.ok(counters.dropped.cache_full.value > 5000);
  assert.ok(counters.records.value < 3000);
  assert.equal([...cache.all()].length, counters.records.value);
});

test('many senders together cannot fill it either: who has most gives way', () => {
  const { put, held, counters } = world();
  put('gw.local. 120 A 192.0.2.1', '192.0.2.254');
  const text = `"${'x'.repeat(250)}"`;
  for (let index = 0; index < 20_000; index++) {
    put(`flood-${index}.local. 4500 TXT ${text}`, `192.0.2.${index % 50}`);
  }
  assert.equal(held().length, 1);
  assert.ok(counters.records.value < 10_000, `${counters.records.value}`);
});

test('a link that is gone takes all with it, and its timers', () => {
  const { clock, cache, told, put, counters } = world();
  put('gw.local. 120 A 192.0.2.1');
  put('other.local. 120 A 192.0.2.1');
  cache.clear();
  assert.deepEqual(
    [[...cache.all()].length, counters.records.value, told.at(-1)],
    [0, 0, 'gone gw.local. 120 A 192.0.2.1'],
  );
  clock.advance(1_000_000);
  assert.equal(clock.pending, 0);
});

test('who does not want to know any more is not told', () => {
  const { cache, put } = world();
  let count = 0;
  const watch = cache.watch('x.local.', 1, { appeared: () => count++, gone: () => count++ });
  put('x.local. 120 A 192.0.2.1');
  watch.close();
  cache.clear();
  assert.equal(count, 1);
});
