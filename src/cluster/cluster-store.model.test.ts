import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../plugin/random.ts';
import { VersionCells, type VersionCell } from '../truth/version-cells.ts';
import { addressBytes } from '../wire/address.ts';
import { ClusterStore } from './cluster-store.ts';
import { ClusterModel, type Operation } from '../../test/kit/cluster-model.ts';

const NAMESPACES = ['shop', 'Bank', 'empty'];
const SERVICES = ['web', 'DB', 'cache'];
const SLICES = ['web-1', 'web-2', 'db-1', 'odd'];
const PODS = ['web-a', 'db-0'];
const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1', 'FD00:0::1', 'fd00::2', 'a00:1::'];
const BAD_ADDRESSES = ['10.0.0.300', 'nonsense', ''];

const port = fc.record({
  name: fc.constantFrom('', 'http', 'DNS', 'x'.repeat(64)),
  protocol: fc.constantFrom('TCP', 'udp', ''),
  number: fc.constantFrom(80, 53, -1, 1.5),
});
const address = fc.constantFrom(...ADDRESSES, ...ADDRESSES, ...BAD_ADDRESSES);
const endpoint = fc.record({
  addresses: fc.array(address, { minLength: 1, maxLength: 2 }),
  ready: fc.constantFrom(true, true, false),
  hostname: fc.constantFrom('', '', 'Node-0', 'not.one', 'x'.repeat(80)),
  targetName: fc.constantFrom('', 'web-a', 'Web.b', 'a..b', 'y'.repeat(64)),
  node: fc.constantFrom('', 'n1', 'N2'),
  zone: fc.constantFrom('', 'Eu-1', 'eu-2'),
});
const namespace = fc.constantFrom(...NAMESPACES, 'not.a.label');
const serviceName = fc.constantFrom(...SERVICES, 'no/label');

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('putNamespace' as const), name: namespace }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeNamespace' as const), name: namespace }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('putService' as const),
      service: fc.record({
        namespace,
        name: serviceName,
        type: fc.constantFrom('ClusterIP', 'ClusterIP', 'NodePort', 'ExternalName'),
        clusterIPs: fc.oneof(fc.array(address, { maxLength: 2 }), fc.constant(['None'])),
        externalName: fc.constantFrom('', 'Example.org'),
        ports: fc.array(port, { maxLength: 2 }),
        externalAddresses: fc.array(fc.constantFrom('192.0.2.1', 'lb.example'), { maxLength: 1 }),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('removeService' as const), namespace, name: serviceName }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('putEndpointSlice' as const),
      slice: fc.record({
        namespace,
        name: fc.constantFrom(...SLICES),
        service: fc.constantFrom(...SERVICES, '', 'no/label'),
        cluster: fc.constantFrom('', '', 'East', 'eu.west', 'no..label'),
        ports: fc.array(port, { maxLength: 2 }),
        endpoints: fc.array(endpoint, { maxLength: 6 }),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('removeEndpointSlice' as const),
      namespace,
      name: fc.constantFrom(...SLICES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('putPod' as const),
      pod: fc.record({ namespace, name: fc.constantFrom(...PODS), address }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('removePod' as const),
      namespace,
      name: fc.constantFrom(...PODS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('setState' as const),
      state: fc.constantFrom('syncing' as const, 'fresh' as const, 'stale' as const),
    }),
  },
);

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

function apply(store: ClusterStore, operation: Operation): void {
  switch (operation.kind) {
    case 'putNamespace':
      return store.putNamespace(operation.name);
    case 'removeNamespace':
      return store.removeNamespace(operation.name);
    case 'putService':
      return store.putService(operation.service);
    case 'removeService':
      return store.removeService(operation.namespace, operation.name);
    case 'putEndpointSlice':
      return store.putEndpointSlice(operation.slice);
    case 'removeEndpointSlice':
      return store.removeEndpointSlice(operation.namespace, operation.name);
    case 'putPod':
      return store.putPod(operation.pod);
    case 'removePod':
      return store.removePod(operation.namespace, operation.name);
    case 'setState':
      return store.setState(operation.state);
  }
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
        read: () => readService(store, key),
        expected: () => model.serviceAnswer(key),
      });
    }
  }
  for (const text of ADDRESSES) {
    const bytes = addressBytes(text)!;
    probes.push({
      title: `address ${text}`,
      covers: () => store.addressCell(bytes),
      read: () => ({
        services: store.servicesAt(bytes).map((service) => `${service.name}.${service.namespace}`),
        endpoints: store.endpointsAt(bytes).map((row) => {
          const slice = store.sliceOf(row);
          const owner = slice.service;
          const service = owner === undefined ? undefined : `${owner.name}.${owner.namespace}`;
          return { ...readEndpoint(store, row), serviceKey: slice.serviceKey, service };
        }),
        pods: store
          .podsAt(text)
          .map((pod) => `${pod.namespace}/${pod.name}`)
          .toSorted(),
      }),
      expected: () => model.addressAnswer(text),
    });
  }
  return probes;
}

function readService(store: ClusterStore, key: string): unknown {
  const service = store.service(key);
  if (service === undefined) return undefined;
  return {
    namespaceExists: store.namespaceExists(service.namespace),
    kind: service.kind,
    clusterAddresses: service.clusterAddresses.map((bytes) => [...bytes]),
    externalName: service.externalName,
    ports: service.ports,
    externalAddresses: service.externalAddresses,
    slices: service.slices.map((slice) => ({
      cluster: slice.cluster,
      ports: slice.ports,
      endpoints: Array.from({ length: slice.count }, (_, index) => readEndpoint(store, slice.first + index)),
    })),
  };
}

function readEndpoint(store: ClusterStore, row: number): object {
  return {
    address: [...store.endpointAddress(row)],
    text: store.endpointAddressText(row),
    hostname: store.endpointHostname(row),
    targetName: store.endpointTargetName(row),
    zone: store.endpointZone(row),
    node: store.endpointNode(row),
  };
}
