import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from '../../../test/kit/properties.ts';
import { addressAnswer, serviceAnswer } from '../../../test/kit/cluster-answers.ts';
import { ADDRESSES, apply, operation } from '../../../test/kit/cluster-operations.ts';
import type { ClusterStore } from '../cluster-store.ts';
import { TestSnapshot } from './test-snapshot.ts';

test('random stores: what is read answers as what was written', async (context) => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 40, size: 'max' }), async (operations) => {
      const before = new TestSnapshot(context);
      for (const step of operations) apply(before.stores[0], step);
      before.synced();
      await before.snapshot.close();
      const after = new TestSnapshot(context, before.folder);
      assert.equal(await after.snapshot.load(), true);
      assert.deepEqual(answers(after.stores[0]), answers(before.stores[0]));
    }),
    { numRuns: 60 },
  );
});

test('a file with bytes cut off, flipped, added or made up is ignored', async (context) => {
  const before = new TestSnapshot(context).fill().synced();
  await before.snapshot.close();
  const whole = readFileSync(before.path);
  const damages = fc.oneof(
    fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
    fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })).map(([place, bits]) => {
      const flipped = Buffer.from(whole);
      flipped[place]! ^= bits;
      return flipped;
    }),
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((more) => Buffer.concat([whole, more])),
    fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(damages, async (bytes) => {
      before.folder.write('cluster.snapshot', bytes);
      await expectIgnored(new TestSnapshot(context, before.folder), /snapshot .* is ignored: ./);
    }),
    { numRuns: 400 },
  );
});

const lines: readonly [title: string, line: string, reason: RegExp][] = [
  ['no JSON', '{', /a line is no JSON/],
  ['no list', '7', /7 where a list should be/],
  ['a kind that nobody knows', '["ingress","shop"]', /there is no kind 'ingress'/],
  ['a Service cut short', '["service","shop","web"]', /nothing where a text should be/],
  ['a port that is no number', '["service","a","b","c",[],"",[["","","80"]],[]]', /"80" where a number/],
  ['an endpoint without addresses', '["endpointslice","a","b","c","",[],[[]]]', /nothing where a list/],
  ['an object of no store', '["store",9]\n["pod","a","b","10.0.0.1"]', /there is no store/],
];
for (const [title, line, reason] of lines) {
  test(`a file whose checksum fits is ignored as a whole for one line: ${title}`, async (context) => {
    const before = new TestSnapshot(context).fill().synced();
    await before.snapshot.close();
    const text = `${before.text.slice(0, before.text.lastIndexOf('{"sha256"'))}${line}\n`;
    const sum = createHash('sha256').update(text).digest('hex');
    before.folder.write('cluster.snapshot', `${text}{"sha256":"${sum}"}\n`);
    const after = new TestSnapshot(context, before.folder);
    assert.equal(await after.snapshot.load(), false);
    assert.match(after.lines[0]!, reason);
    assert.equal(after.sources[0].dropped, 1, 'what it gave before is taken away');
    assert.equal(after.stores[0].state, 'syncing');
  });
}

async function expectIgnored(world: TestSnapshot, reason: RegExp): Promise<void> {
  assert.equal(await world.snapshot.load(), false);
  assert.deepEqual(world.held, ['syncing: ', 'syncing: ']);
  assert.match(world.lines.join('\n'), reason);
}

function answers(store: ClusterStore): unknown {
  return [
    [...store.inventory.keys('namespace')],
    [...store.services()].map(({ name, namespace }) => serviceAnswer(store, `${name}.${namespace}`)),
    ADDRESSES.map((address) => addressAnswer(store, address)),
    store.inventory.counts(),
  ];
}
