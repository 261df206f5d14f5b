import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { addressAnswer, serviceAnswer } from '../../test/kit/cluster-answers.ts';
import { ADDRESSES, apply, NAMESPACES, operation, PODS, SLICES } from '../../test/kit/cluster-operations.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { seededRandom } from '../plugin/random.ts';
import { VersionCells } from '../truth/version-cells.ts';
import { ClusterStore } from './cluster-store.ts';
import { putInput } from './stored-inputs.ts';

test('a store made of the inputs of another gives the same answers', () => {
  const options = { cells: new VersionCells(8192, 16), clock: new FakeClock() };
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40, size: 'max' }), fc.integer(), (operations, seed) => {
      const store = new ClusterStore({ ...options, random: seededRandom(seed) });
      const faults: unknown[] = [];
      const copy = new ClusterStore({ ...options, onFault: (fault) => faults.push(fault) });
      for (const operation of operations) apply(store, operation);
      const inputs = structuredClone([...store.inventory.inputs()]);
      for (const input of inputs) putInput(copy, input);
      assert.deepEqual(faults, []);
      assert.deepEqual(answers(copy), answers(store));
      assert.deepEqual(structuredClone([...copy.inventory.inputs()]), inputs, 'and it makes the same inputs');
      assert.deepEqual(held(copy), held(store));
      store.close();
      copy.close();
    }),
    { numRuns: 300 },
  );
});

function answers(store: ClusterStore): unknown {
  return [
    NAMESPACES.map((name) => store.namespaceExists(name.toLowerCase())),
    [...store.services()].map(({ name, namespace }) => serviceAnswer(store, `${name}.${namespace}`)),
    ADDRESSES.map((text) => addressAnswer(store, text)),
    store.inventory.counts(),
  ];
}

/** What `holds` says, which `keys` must agree with. */
function held({ inventory }: ClusterStore): unknown {
  return NAMESPACES.flatMap((written) => {
    const namespace = written.toLowerCase();
    const holds = [
      [
        inventory.holds('namespace', '', namespace),
        [...inventory.keys('namespace')].includes(`/${namespace}`),
      ],
      ...SLICES.map((name) => [
        inventory.holds('endpointslice', namespace, name),
        [...inventory.keys('endpointslice')].includes(`${namespace}/${name}`),
      ]),
      ...PODS.map((name) => [
        inventory.holds('pod', namespace, name),
        [...inventory.keys('pod')].includes(`${namespace}/${name}`),
      ]),
    ];
    for (const [says, is] of holds) assert.equal(says, is);
    return holds;
  });
}
