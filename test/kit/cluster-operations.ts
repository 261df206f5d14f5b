import fc from 'fast-check';
import type { ClusterStore } from '../../src/cluster/cluster-store.ts';
import type { Operation } from './cluster-model.ts';

export const NAMESPACES = ['shop', 'Bank', 'empty'];
export const SERVICES = ['web', 'DB', 'cache'];
export const SLICES = ['web-1', 'web-2', 'db-1', 'odd'];
export const PODS = ['web-a', 'db-0'];
export const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1', 'FD00:0::1', 'fd00::2', 'a00:1::'];
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

/** A random change of a small cluster; some of what it says DNS cannot serve. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
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

/** Does to a store what an operation says. */
export function apply(store: ClusterStore, operation: Operation): void {
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
