import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { seededRandom } from '../plugin/random.ts';
import { VersionCells, type VersionCell } from '../truth/version-cells.ts';
import { addressBytes } from '../wire/address.ts';
import { ClusterStore } from './cluster-store.ts';
import { addressAnswer, serviceAnswer } from '../../test/kit/cluster-answers.ts';
import { ClusterModel } from '../../test/kit/cluster-model.ts';
import {
  ADDRESSES,
  apply,
  NAMESPACES,
  operation,
  PODS,
  SERVICES,
  SLICES,
} from '../../test/kit/cluster-operations.ts';

/** One thing that can be asked, what covers its answer, and the answer that the naive model gives. */
interface Probe {
  readonly title: string;
  readonly covers: () => VersionCell;
  readonly read: () => unknown;
  readonly expected: () => unknown;
}

test('random changes: all reads agree with a naive model, and no answer outlives its truth', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), fc.integer(), (operations, seed) => {
      const cells = new VersionCells(8192, 16);
      let now = 1_700_000_000_000;
      const clock = { now: () => now, monotonic: () => 0, after: never, every: never };
      const store = new ClusterStore({ cells, clock, random: seededRandom(seed) });
      const model = new ClusterModel();
      const probes = allProbes(store, model);
      let before = probes.map((probe) => observe(probe, cells));
      for (const operation of operations) {
        now += 1000;
        apply(store, operation);
        model.apply(operation, Math.floor(now / 1000));
        before = probes.map((probe, index) => {
          const earlier = before[index]!;
          const later = observe(probe, cells);
          assert.deepEqual(later.result, probe.expected(), `${probe.title} after ${operation.kind}`);
          if (JSON.stringify(later.result) !== JSON.stringify(earlier.result)) {
            const message = `${probe.title} changed unnoticed by ${operation.kind}`;
            assert.notEqual(cells.version(earlier.cell), earlier.version, message);
          }
          return later;
        });
        const versions = new Int32Array(cells.memory).slice();
        apply(store, operation);
        assert.deepEqual(new Int32Array(cells.memory), versions, `the second ${operation.kind} is no change`);
      }
      assert.deepEqual(store.inventory.counts(), model.counts());
      emptyOut(store, model);
      assert.deepEqual(store.inventory.counts(), {
        namespace: 0,
        service: 0,
        endpointslice: 0,
        endpoint: 0,
        pod: 0,
      });
      const left = store.inventory.bytes();
      assert.deepEqual(
        [left.namespace, left.service, left.endpointslice, left.pod, left.port],
        [0, 0, 0, 0, 0],
      );
      assert.equal(
        left.string,
        new ClusterStore({ cells, clock }).inventory.bytes().string,
        'no string is left',
      );
    }),
    { numRuns: 300 },
  );
});

function never(): never {
  throw new Error('the store sets no timers');
}

function observe(probe: Probe, cells: VersionCells): { cell: VersionCell; version: number; result: unknown } {
  const cell = probe.covers();
  return { cell, version: cells.version(cell), result: probe.read() };
}

function emptyOut(store: ClusterStore, model: ClusterModel): void {
  for (const namespace of [...model.namespaces]) store.removeNamespace(namespace);
  for (const namespace of NAMESPACES) {
    for (const name of SERVICES) store.removeService(namespace, name);
    for (const name of SLICES) store.removeEndpointSlice(namespace, name);
    for (const name of PODS) store.removePod(namespace, name);
  }
}

function allProbes(store: ClusterStore, model: ClusterModel): Probe[] {
  const probes: Probe[] = [
    {
      title: 'state',
      covers: () => store.stateCell,
      read: () => store.state,
      expected: () => model.state,
    },
    {
      title: 'lastChange',
      covers: () => store.lastChangeCell,
      read: () => store.lastChange,
      expected: () => model.lastChange,
    },
  ];
  for (const written of NAMESPACES) {
    const namespace = written.toLowerCase();
    const exists = {
      read: () => store.namespaceExists(namespace),
      expected: () => model.namespaces.has(namespace),
    };
    probes.push({
      title: `existence of ${namespace} by namespacesCell`,
      covers: () => store.namespacesCell,
      ...exists,
    });
    probes.push({
      title: `existence of ${namespace} by its membership cell`,
      covers: () => store.membershipCell(namespace),
      ...exists,
    });
    probes.push({
      title: `Services of ${namespace}`,
      covers: () => store.membershipCell(namespace),
      read: () =>
        [...store.services()]
          .filter((service) => service.namespace === namespace)
          .map((service) => service.name)
          .toSorted(),
      expected: () => model.serviceNames(namespace).toSorted(),
    });
    for (const name of SERVICES) {
      const key = `${name}.${namespace}`.toLowerCase();
      probes.push({
        title: key,
        covers: () => store.service(key)?.cell ?? store.membershipCell(namespace),
        read: () => serviceAnswer(store, key),
        expected: () => model.serviceAnswer(key),
      });
    }
  }
  for (const text of ADDRESSES) {
    const bytes = addressBytes(text)!;
    probes.push({
      title: `address ${text}`,
      covers: () => store.addressCell(bytes),
      read: () => addressAnswer(store, text),
      expected: () => model.addressAnswer(text),
    });
  }
  return probes;
}
