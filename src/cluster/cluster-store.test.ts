import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bumpedBy, endpoint, HTTP, never, pod, shop, START, web, web1 } from '../../test/kit/shop-store.ts';
import { addressBytes } from '../wire/address.ts';
import { ClusterStore } from './cluster-store.ts';

test('the serial is 0 before any change, changes once a second, and never goes back with the clock', () => {
  const { cells, store, wait } = shop();
  const clock = { now: () => START * 1000, monotonic: () => 0, after: never, every: never };
  assert.equal(new ClusterStore({ cells, clock }).lastChange, 0);
  const watched = { serial: store.lastChangeCell };
  assert.deepEqual(
    bumpedBy(cells, watched, () => store.putNamespace('a')),
    [],
  );
  wait(-100);
  assert.deepEqual(
    bumpedBy(cells, watched, () => store.putNamespace('b')),
    [],
  );
  assert.equal(store.lastChange, START);
  wait(101);
  assert.deepEqual(
    bumpedBy(cells, watched, () => store.putNamespace('c')),
    ['serial'],
  );
  assert.equal(store.lastChange, START + 1);
});

test('a slice waits for its Service, and its Service may go and come back', () => {
  const { store } = shop();
  store.putEndpointSlice(web1({ name: 'api-1', service: 'api' }));
  store.putEndpointSlice(web1({ name: 'api-2', service: 'api', endpoints: [endpoint('10.0.0.4')] }));
  const [row] = store.endpointsAt(addressBytes('10.0.0.4')!);
  assert.equal(store.sliceOf(row!).service, undefined);
  assert.equal(store.sliceOf(row!).serviceKey, 'api.shop');
  const sizes = () => store.service('api.shop')?.slices.map((slice) => slice.count);
  for (let round = 0; round < 2; round++) {
    store.putService(web({ name: 'api', clusterIPs: ['None'] }));
    assert.deepEqual(sizes(), [3, 1]);
    assert.equal(store.sliceOf(row!).service, store.service('api.shop'));
    store.removeService('shop', 'api');
    assert.equal(store.service('api.shop'), undefined);
    assert.equal(store.sliceOf(row!).service, undefined);
  }
});

test('slices of a Service stand oldest first, also one that was elsewhere in between', () => {
  const { store } = shop();
  store.putEndpointSlice(web1({ name: 'web-2', endpoints: [endpoint('10.0.0.4')] }));
  store.putEndpointSlice(web1({ service: 'elsewhere' }));
  store.putEndpointSlice(web1());
  assert.deepEqual(
    store.service('web.shop')!.slices.map((slice) => slice.count),
    [3, 1],
  );
});

test('what cannot be served is left out, counted and told; the rest of the object stands', () => {
  const { store, faults } = shop();
  store.putNamespace('no.label');
  store.putService(web({ name: 'x'.repeat(5000) }));
  store.putService(web({ clusterIPs: ['10.96.0.300', '10.96.0.7'], ports: [{ ...HTTP, name: 'a b' }] }));
  store.putEndpointSlice(
    web1({
      service: '*',
      endpoints: [endpoint('nonsense'), endpoint('10.0.0.8', { hostname: 'h'.repeat(300) })],
    }),
  );
  store.putEndpointSlice(web1({ namespace: '', name: 'y' }));
  store.putPod(pod({ address: '10.0.0' }));
  assert.deepEqual(Object.fromEntries(store.faults.counts), {
    'invalid name': 3,
    'invalid address': 3,
    'invalid port name': 1,
    'invalid hostname': 1,
    'invalid service label': 1,
  });
  assert.deepEqual(
    faults.slice(2, 4).map(({ kind, object, value }) => [kind, object, value]),
    [
      ['Service', 'shop/web', '10.96.0.300'],
      ['Service', 'shop/web', 'a b'],
    ],
  );
  assert.ok(faults.every((fault) => fault.value.length <= 81 && fault.object.length <= 81));
  assert.deepEqual(store.service('web.shop')!.clusterAddresses, [addressBytes('10.96.0.7')]);
  assert.equal(store.service('web.shop')!.ports[0]!.name, '');
  const [row] = store.endpointsAt(addressBytes('10.0.0.8')!);
  assert.equal(store.endpointHostname(row!), '');
  assert.deepEqual(store.podsAt('10.0.0'), []);
  assert.deepEqual(store.inventory.counts(), {
    namespace: 1,
    service: 1,
    endpointslice: 1,
    endpoint: 1,
    pod: 1,
  });
});

test('an address is told as it was written, and found however it was written', () => {
  const { store } = shop();
  const written = ['fd00::1', 'FD00:0::1', '::ffff:10.0.0.1', '10.0.0.1'];
  store.putEndpointSlice(web1({ endpoints: written.map((text) => endpoint(text)) }));
  const { first } = store.service('web.shop')!.slices[0]!;
  const read = written.map((_, index) => store.endpointAddressText(first + index));
  assert.deepEqual(read, written);
  assert.deepEqual(store.endpointsAt(addressBytes('fd00::1')!), [first, first + 1]);
  assert.deepEqual(store.endpointsAt(addressBytes('::ffff:10.0.0.1')!), [first + 2]);
  assert.deepEqual(store.endpointsAt(addressBytes('10.0.0.1')!), [first + 3]);
});

test('equal port lists are one list, and strings are held once', () => {
  const { store } = shop();
  store.putService(web({ name: 'api' }));
  assert.equal(store.service('api.shop')!.ports, store.service('web.shop')!.ports);
  assert.equal(store.service('api.shop')!.ports, store.service('web.shop')!.slices[0]!.ports);
  const before = store.inventory.bytes();
  store.putEndpointSlice(web1({ name: 'api-1', service: 'api' }));
  assert.equal(store.inventory.bytes().string, before.string);
  assert.equal(store.inventory.bytes().port, before.port);
});

test('closing kills every answer that was made from the store, once', () => {
  const { cells, store } = shop();
  const watched = {
    namespaces: store.namespacesCell,
    membership: store.membershipCell('shop'),
    service: store.service('web.shop')!.cell,
    state: store.stateCell,
    serial: store.lastChangeCell,
    address: store.addressCell(addressBytes('10.0.0.1')!),
  };
  assert.deepEqual(
    bumpedBy(cells, watched, () => store.close()),
    Object.keys(watched),
  );
  assert.deepEqual(
    bumpedBy(cells, watched, () => store.close()),
    [],
  );
});

test('namespaces and Services that come and go use the same cells again', () => {
  const { cells, store } = shop();
  const next = new Set<number>();
  for (let round = 0; round < 10; round++) {
    store.putNamespace('bank');
    store.putService(web({ namespace: 'bank', clusterIPs: ['None'] }));
    store.removeNamespace('bank');
    store.removeService('bank', 'web');
    const cell = cells.allocate();
    next.add(cell);
    cells.release(cell);
  }
  assert.ok(next.size <= 2, `${next.size} cells for a namespace and a Service`);
});
