import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { Applicant, LeaseDesk } from './test-lease-desk.ts';

function open(): { readonly clock: FakeClock; readonly desk: LeaseDesk } {
  const clock = new FakeClock();
  return { clock, desk: new LeaseDesk(clock) };
}

test('who comes first makes the lease, and is known as its holder at once', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(100);
  assert.deepEqual(desk.asked(), ['GET', 'POST']);
  assert.equal(one.holder, 'one');
  assert.equal(one.heardAt, 10);
  assert.deepEqual(desk.lease, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'a-link', namespace: 'dns', resourceVersion: '1' },
    spec: {
      holderIdentity: 'one',
      leaseDurationSeconds: 3,
      acquireTime: '2026-01-01T00:00:00.005000Z',
      renewTime: '2026-01-01T00:00:00.005000Z',
      leaseTransitions: 0,
    },
  });
  assert.deepEqual(one.lines, ['[INFO] lease dns/a-link is held']);
});

test('of three that come at once, one holds it; the others know it', () => {
  const { clock, desk } = open();
  const all = ['one', 'two', 'three'].map((name, index) => new Applicant(desk, name, index));
  clock.advance(200);
  assert.deepEqual(new Set(all.map(({ holder }) => holder)), new Set(['one']));
  assert.ok(
    all.every(({ heardAt }) => heardAt !== undefined && heardAt <= 100),
    String(all.map(({ heardAt }) => heardAt)),
  );
});

test('it is renewed every second, looked at as often, and what others wrote into it stays', () => {
  const { clock, desk } = open();
  desk.put('');
  desk.lease = { ...desk.lease!, metadata: { ...desk.lease!.metadata, labels: { a: 'b' } } };
  const one = new Applicant(desk, 'one');
  const two = new Applicant(desk, 'two');
  clock.advance(100);
  desk.asked();
  clock.advance(10_000);
  const asked = desk.asked();
  assert.equal(asked.filter((verb) => verb === 'PUT').length, 10);
  const looks = asked.filter((verb) => verb === 'GET').length;
  assert.ok(looks >= 10 && looks <= 11, `${looks} looks`);
  assert.deepEqual([one.holder, two.holder], ['one', 'one']);
  assert.deepEqual(desk.lease.metadata.labels, { a: 'b' });
  assert.equal(desk.lease.spec.leaseTransitions, 1);
  assert.equal(desk.lease.spec.acquireTime, '2026-01-01T00:00:00.005000Z');
  assert.equal(desk.lease.spec.renewTime, '2026-01-01T00:00:10.005000Z');
});

test('what was held by somebody who is gone is taken three seconds after it was seen first, by the own clock', () => {
  const { clock, desk } = open();
  desk.put('gone');
  // Whatever its holder says of the time.
  desk.lease = { ...desk.lease!, spec: { ...desk.lease!.spec, renewTime: '2099-01-01T00:00:00.000000Z' } };
  const one = new Applicant(desk, 'one');
  clock.advance(3004);
  assert.equal(one.holder, 'gone');
  assert.equal(one.heardAt, 5, 'that somebody has it is what there is to know');
  clock.advance(20);
  assert.equal(one.holder, 'one');
  assert.equal(desk.lease.spec.leaseTransitions, 1);
});

test('a holder that is silent loses it by its own clock before anybody takes it', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(10);
  const two = new Applicant(desk, 'two');
  clock.advance(1490);
  one.part.leave();
  clock.advance(2504);
  assert.deepEqual([one.holder, two.holder], ['one', 'one']);
  clock.advance(1);
  assert.equal(one.holder, undefined, 'its last renewal was sent 3 s ago');
  assert.equal(two.holder, 'one');
  // Two saw that renewal a second after it at most.
  clock.advance(1050);
  assert.equal(two.holder, 'two');
});

test('while the API server says nothing, nobody is known after three seconds; when it speaks again the holder goes on', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  const two = new Applicant(desk, 'two', 2);
  clock.advance(1500);
  desk.mood = 'never';
  clock.advance(2400);
  assert.deepEqual([one.holder, two.holder], ['one', 'one']);
  clock.advance(700);
  assert.deepEqual([one.holder, two.holder], [undefined, undefined]);
  clock.advance(20_000);
  assert.equal(one.lines.at(-1), '[INFO] lease dns/a-link is not held any more');
  desk.mood = 'good';
  clock.advance(30_000);
  assert.notEqual(one.holder, undefined);
  assert.equal(two.holder, one.holder);
  desk.asked();
  clock.advance(5000);
  assert.equal(desk.asked().filter((verb) => verb === 'PUT').length, 5);
});

test('a broken connection costs no lease that the next attempt renews', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(900);
  desk.mood = 'broken';
  clock.advance(1000);
  desk.mood = 'good';
  for (let step = 0; step < 100; step++) {
    clock.advance(20);
    assert.equal(one.holder, 'one');
  }
});

test('a renewal whose answer was lost is no loss', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(900);
  const { resourceVersion } = desk.lease!.metadata;
  desk.lease = {
    ...desk.lease!,
    metadata: { ...desk.lease!.metadata, resourceVersion: `${resourceVersion}0` },
  };
  desk.asked();
  clock.advance(500);
  assert.deepEqual(desk.asked(), ['PUT', 'GET', 'PUT']);
  assert.equal(one.holder, 'one');
});

test('who finds that another was given it lets go', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(900);
  desk.put('two');
  clock.advance(200);
  assert.equal(one.holder, 'two');
  assert.deepEqual(one.lines, [
    '[INFO] lease dns/a-link is held',
    '[INFO] lease dns/a-link is not held any more',
  ]);
});

test('a lease that is deleted is made again by its holder', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(900);
  desk.lease = undefined;
  desk.asked();
  clock.advance(200);
  assert.deepEqual(desk.asked(), ['PUT', 'POST']);
  assert.equal(one.holder, 'one');
});

const denials = [
  { moodOf: 'GET', verb: 'get' },
  { moodOf: 'POST', verb: 'create' },
  { moodOf: 'PUT', verb: 'update' },
] as const;
for (const { moodOf, verb } of denials) {
  test(`who may not ${verb} says once what it takes, tries it now and then, and goes on when it may`, () => {
    const { clock, desk } = open();
    if (moodOf === 'PUT') desk.put('');
    Object.assign(desk, { mood: 403, moodOf });
    const one = new Applicant(desk, 'one');
    clock.advance(100);
    assert.ok(one.heardAt! <= 20);
    assert.equal(one.holder, undefined);
    desk.asked();
    clock.advance(600_000);
    const times = desk.asked().filter((method) => method === moodOf).length;
    assert.ok(times >= 10 && times <= 20, `${times} times`);
    assert.deepEqual(one.lines, [
      `[WARNING] cannot ${verb} lease dns/a-link: 403 Forbidden: no: goes on without it; it takes the verbs get, ` +
        'create and update for leases of coordination.k8s.io in namespace dns',
    ]);
    desk.mood = 'good';
    clock.advance(60_000);
    assert.equal(one.holder, 'one');
  });
}

test('no namespace to make it in is told like what is denied', () => {
  const { clock, desk } = open();
  Object.assign(desk, { mood: 404, moodOf: 'POST' });
  const one = new Applicant(desk, 'one');
  clock.advance(20_000);
  assert.deepEqual(desk.asked(), ['GET', 'POST']);
  assert.equal(one.lines.length, 1);
});

test('given up, it is free for the others at once', async () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(10);
  const two = new Applicant(desk, 'two');
  clock.advance(500);
  const closed = one.part.close();
  clock.advance(10);
  await closed;
  assert.equal(desk.lease?.spec.holderIdentity, undefined);
  assert.equal(one.holder, undefined);
  desk.asked();
  clock.advance(1100);
  assert.equal(two.holder, 'two');
  assert.ok(!desk.asked().includes('POST'));
});

test('given up while it is renewed, it is free as well', async () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(1007);
  const closed = one.part.close();
  clock.advance(20);
  await closed;
  assert.equal(desk.lease?.spec.holderIdentity, undefined);
  assert.equal(clock.pending, 0);
});

test('who holds nothing has nothing to say at its end', async () => {
  const { clock, desk } = open();
  desk.put('two');
  const one = new Applicant(desk, 'one');
  clock.advance(100);
  desk.asked();
  await one.part.close();
  assert.deepEqual(desk.asked(), []);
  assert.equal(clock.pending, 0);
});

test('giving up ends within a second, whatever the API server does', async () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(100);
  desk.mood = 'never';
  const closed = one.part.close();
  clock.advance(1000);
  await closed;
  assert.equal(clock.pending, 0);
});

test('a successor of the same name goes on where the one before has left', () => {
  const { clock, desk } = open();
  const before = new Applicant(desk, 'one');
  const two = new Applicant(desk, 'two');
  clock.advance(2500);
  before.part.leave();
  const one = new Applicant(desk, 'one');
  for (let step = 0; step < 100; step++) {
    clock.advance(50);
    assert.equal(two.holder, 'one');
  }
  assert.equal(one.holder, 'one');
});

test('a free lease is left to those who come first, for three seconds', () => {
  const { clock, desk } = open();
  desk.put('');
  const one = new Applicant(desk, 'one');
  one.isAside = true;
  clock.advance(2900);
  assert.equal(one.holder, undefined);
  assert.equal(one.heardAt, 5);
  const two = new Applicant(desk, 'two');
  clock.advance(2000);
  assert.deepEqual([one.holder, two.holder], ['two', 'two']);
  two.part.leave();
  clock.advance(7000);
  assert.equal(one.holder, 'one', 'and taken when nobody comes');
});

test('what is held goes to those who have more use for it, and comes back only late where there are none', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(100);
  one.isAside = true;
  clock.advance(2900);
  assert.equal(one.holder, 'one', 'it may be about to announce');
  clock.advance(2000);
  assert.equal(one.holder, undefined);
  assert.equal(desk.lease?.spec.holderIdentity, undefined);
  clock.advance(50_000);
  assert.equal(one.holder, undefined);
  clock.advance(10_000);
  assert.equal(one.holder, 'one');

  const two = new Applicant(desk, 'two');
  clock.advance(10_000);
  assert.deepEqual([one.holder, two.holder], ['two', 'two']);
  two.isAside = true;
  one.isAside = false;
  clock.advance(6000);
  assert.deepEqual([one.holder, two.holder], ['one', 'one']);
});

test('who is aside for a moment keeps what it holds', () => {
  const { clock, desk } = open();
  const one = new Applicant(desk, 'one');
  clock.advance(100);
  for (let time = 0; time < 20; time++) {
    one.isAside = time % 3 !== 0;
    clock.advance(1000);
    assert.equal(one.holder, 'one');
  }
});
