import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { createLogger } from '../log/logger.ts';
import { seededRandom } from '../plugin/random.ts';
import type { AddressFamily, FoundAddresses, HostLookup } from './host-lookup.ts';
import { HostName } from './host-name.ts';

/** Addresses and their TTL, or none of that family; or that the name servers fail. */
type Outcome = readonly [ttl: number, ...addresses: string[]] | 'failure';

const NONE: Outcome = [0];

/** A lookup that says what a test has it say, and when it was asked. */
class ScriptedLookup implements HostLookup {
  /** Seconds at which IPv4 addresses were asked for. */
  readonly asked: number[] = [];
  readonly outcomes: Record<AddressFamily, Outcome | Promise<Outcome>>;
  isClosed = false;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, four: Outcome, six: Outcome | Promise<Outcome>) {
    this.#clock = clock;
    this.outcomes = { 4: four, 6: six };
  }

  async lookUp(host: string, family: AddressFamily): Promise<FoundAddresses> {
    assert.equal(host, 'dns.example');
    if (family === 4) this.asked.push(this.#clock.monotonic() / 1000);
    const outcome = await this.outcomes[family];
    if (outcome === 'failure') throw new Error('nobody is there');
    const [ttl, ...addresses] = outcome;
    return { ttl, addresses };
  }

  close(): void {
    this.isClosed = true;
  }
}

function begin(four: Outcome, six: Outcome | Promise<Outcome> = NONE) {
  const clock = new FakeClock();
  const lookup = new ScriptedLookup(clock, four, six);
  const lines: string[] = [];
  const surroundings = { clock, random: seededRandom(1), log: createLogger((line) => lines.push(line)) };
  const host = new HostName('dns.example', lookup, surroundings);
  let changes = 0;
  const unfollow = host.follow(() => changes++);
  host.start();
  /** Lets so many seconds pass, one after the other, and promises take their turn. */
  const pass = async (seconds: number): Promise<void> => {
    await settled();
    for (let second = 0; second < seconds; second++) {
      clock.advance(1000);
      await settled();
    }
  };
  return { host, lookup, clock, lines, pass, unfollow, changes: () => changes };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const firsts: readonly { title: string; four: Outcome; six: Outcome; expected: string; isKnown: boolean }[] =
  [
    { title: 'IPv4', four: [60, '192.0.2.1'], six: NONE, expected: '192.0.2.1', isKnown: true },
    { title: 'IPv6', four: NONE, six: [60, '2001:db8::1'], expected: '2001:db8::1', isKnown: true },
    {
      title: 'both, IPv4 first, in order',
      four: [60, '192.0.2.2', '192.0.2.1'],
      six: [60, '2001:db8::1'],
      expected: '192.0.2.1 192.0.2.2 2001:db8::1',
      isKnown: true,
    },
    {
      title: 'one, where nobody tells of the other',
      four: 'failure',
      six: [60, '2001:db8::1'],
      expected: '2001:db8::1',
      isKnown: true,
    },
    { title: 'none', four: NONE, six: NONE, expected: '', isKnown: false },
    { title: 'nothing', four: 'failure', six: 'failure', expected: '', isKnown: false },
  ];

for (const { title, four, six, expected, isKnown } of firsts) {
  test(`a host name has addresses of ${title}`, async () => {
    const { host } = begin(four, six);
    await host.first;
    await settled();
    assert.equal(host.addresses.join(' '), expected);
    assert.equal(host.error === undefined, isKnown);
  });
}

const askings: readonly { title: string; four: Outcome; six: Outcome; at: readonly number[] }[] = [
  { title: 'its TTL has run out', four: [30, '192.0.2.1'], six: NONE, at: [0, 30, 60, 90] },
  {
    title: 'the shorter of two TTLs has',
    four: [90, '192.0.2.1'],
    six: [40, '2001:db8::1'],
    at: [0, 40, 80],
  },
  { title: '5 seconds at least', four: [0, '192.0.2.1'], six: NONE, at: [0, 5, 10] },
  { title: 'an hour at most', four: [86_400, '192.0.2.1'], six: NONE, at: [0, 3600, 7200] },
  {
    title: 'a minute at most, where one family is not known',
    four: [3600, '192.0.2.1'],
    six: 'failure',
    at: [0, 60, 120],
  },
];

for (const { title, four, six, at } of askings) {
  test(`a host name is asked again when ${title}`, async () => {
    const { lookup, pass, changes } = begin(four, six);
    await pass(at.at(-1)!);
    assert.deepEqual(lookup.asked, at);
    assert.ok(changes() <= 2, 'nothing has changed since the first asking');
  });
}

test('the addresses of a host name change with the records, and only then is it told', async () => {
  const { host, lookup, lines, pass, changes, unfollow } = begin([10, '192.0.2.1', '192.0.2.2']);
  await pass(0);
  assert.equal(changes(), 1);
  lookup.outcomes[4] = [10, '192.0.2.2', '192.0.2.1'];
  await pass(10);
  assert.equal(changes(), 1, 'another order is nothing new');
  lookup.outcomes[4] = [10, '192.0.2.3'];
  await pass(10);
  assert.deepEqual([changes(), host.addresses], [2, ['192.0.2.3']]);
  assert.equal(lines.at(-1), "[INFO] 'dns.example' is at 192.0.2.3");
  unfollow();
  lookup.outcomes[4] = [10, '192.0.2.4'];
  await pass(10);
  assert.deepEqual([changes(), host.addresses], [2, ['192.0.2.4']]);
});

test('a family that is not there any more is left, beside one that is', async () => {
  const { host, lookup, pass } = begin([10, '192.0.2.1'], [10, '2001:db8::1']);
  await pass(0);
  lookup.outcomes[4] = NONE;
  await pass(10);
  assert.deepEqual(host.addresses, ['2001:db8::1']);
});

for (const [title, outcome] of [
  ['fail', 'failure'],
  ['know none any more', NONE],
] as const) {
  test(`when the name servers ${title}, the last known addresses go on, and they are asked with back-off`, async () => {
    const { host, lookup, lines, pass } = begin([10, '192.0.2.1'], [10, '2001:db8::1']);
    await pass(0);
    lookup.outcomes[4] = outcome;
    lookup.outcomes[6] = outcome;
    await pass(200);
    assert.deepEqual(host.addresses, ['192.0.2.1', '2001:db8::1']);
    const waits = lookup.asked.slice(2).map((time, index) => time - lookup.asked[index + 1]!);
    for (const [index, least] of [1, 2, 4, 8, 16, 30, 30, 30].entries()) {
      assert.ok(waits[index]! >= least && waits[index]! <= least * 1.25 + 1, waits.join(' '));
    }
    assert.ok(new Set(waits.slice(5)).size > 1, `the longest waits differ: ${waits.join(' ')}`);
    const warnings = lines.filter((line) => line.startsWith('[WARNING]'));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /cannot look up .* 'dns\.example': .*; the last known ones go on/);
    lookup.outcomes[4] = [10, '192.0.2.9'];
    await pass(40);
    assert.equal(host.error, undefined);
    assert.equal(lines.filter((line) => line.includes('can be looked up again')).length, 1);
    assert.ok(host.addresses.includes('192.0.2.9'));
  });
}

test('addresses of one family are in use before the other family is known', async () => {
  const { host } = begin([10, '192.0.2.1'], new Promise(() => undefined));
  await host.first;
  assert.deepEqual(host.addresses, ['192.0.2.1']);
});

test('the first asking is waited for two seconds at most', async () => {
  const { host, clock } = begin(NONE, new Promise(() => undefined));
  let isOver = false;
  void host.first.then(() => (isOver = true));
  clock.advance(1999);
  await settled();
  assert.equal(isOver, false);
  clock.advance(1);
  await settled();
  assert.equal(isOver, true);
});

test('a host name that is closed asks no more, and leaves no timer', async () => {
  const { host, lookup, clock, pass } = begin([10, '192.0.2.1']);
  await pass(5);
  host.close();
  assert.deepEqual([lookup.isClosed, clock.pending], [true, 0]);
  await pass(60);
  assert.equal(lookup.asked.length, 1);
});
