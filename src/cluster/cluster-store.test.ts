import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../plugin/random.ts';
import { VersionCells } from '../truth/version-cells.ts';
import { addressBytes } from '../wire/address.ts';
import { ClusterStore } from './cluster-store.ts';
import type { EndpointInput, EndpointSliceInput, PodInput, ServiceInput } from './cluster-writer.ts';
import type { IntakeFault } from './intake-faults.ts';

const START = 1_700_000_000;
const HTTP = { name: 'http', protocol: 'TCP', number: 80 };

/** A store with shop/web (10.96.0.1) and its slice web-1 (10.0.0.1, .2 and .3), and a clock to be turned by hand. */
function shop() {
  const cells = new VersionCells();
  let seconds = START;
  const clock = { now: () => seconds * 1000, monotonic: () => 0, after: never, every: never };
  const faults: IntakeFault[] = [];
  const store = new ClusterStore({
    cells,
    clock,
    random: seededRandom(1),
    onFault: (fault) => faults.push(fault),
  });
  store.putNamespace('shop');
  store.putService(web());
  store.putEndpointSlice(web1());
  return { cells, store, faults, wait: (by: number) => (seconds += by) };
}

function never(): never {
  throw new Error('the store sets no timers');
}

function web(change: Partial<ServiceInput> = {}): ServiceInput {
  const service = { namespace: 'shop', name: 'web', type: 'ClusterIP', clusterIPs: ['10.96.0.1'] };
  return { ...service, externalName: '', ports: [HTTP], externalAddresses: [], ...change };
}

function web1(change: Partial<EndpointSliceInput> = {}): EndpointSliceInput {
  const endpoints = [1, 2, 3].map((number) => endpoint(`10.0.0.${number}`));
  return { namespace: 'shop', name: 'web-1', service: 'web', ports: [HTTP], endpoints, ...change };
}

function endpoint(address: string, change: Partial<EndpointInput> = {}): EndpointInput {
  const input = { addresses: [address], ready: true, hostname: '', targetName: '', node: 'n1', zone: 'z1' };
  return { ...input, ...change };
}

function pod(change: Partial<PodInput> = {}): PodInput {
  return { namespace: 'shop', name: 'web-a', address: '10.0.0.1', ...change };
}

/** Titles of the cells among `watched` that `action` bumps. */
function bumpedBy(cells: VersionCells, watched: Record<string, number>, action: () => void): string[] {
  const before = Object.values(watched).map((cell) => cells.version(cell));
  action();
  return Object.keys(watched).filter(
    (_, index) => cells.version(Object.values(watched)[index]!) !== before[index],
  );
}

const changes: {
  title: string;
  first?: (store: ClusterStore) => void;
  change: (store: ClusterStore) => void;
  bumps: string[];
  inSerial: boolean;
}[] = [
  { title: 'the same Service again', change: (store) => store.putService(web()), bumps: [], inSerial: false },
  {
    title: 'the same slice again',
    change: (store) => store.putEndpointSlice(web1()),
    bumps: [],
    inSerial: false,
  },
  {
    title: 'the same namespace again',
    change: (store) => store.putNamespace('SHOP'),
    bumps: [],
    inSerial: false,
  },
  {
    title: 'an endpoint more that is not ready',
    change: (store) => {
      const { endpoints } = web1();
      store.putEndpointSlice(web1({ endpoints: [endpoint('10.0.0.9', { ready: false }), ...endpoints] }));
    },
    bumps: [],
    inSerial: false,
  },
  {
    title: 'a port of a Service',
    change: (store) => store.putService(web({ ports: [{ ...HTTP, number: 81 }] })),
    bumps: ['service'],
    inSerial: true,
  },
  {
    title: 'a cluster IP',
    change: (store) => store.putService(web({ clusterIPs: ['10.96.0.2'] })),
    bumps: ['service', '10.96.0.1', '10.96.0.2'],
    inSerial: false,
  },
  {
    title: 'an external address',
    change: (store) => store.putService(web({ externalAddresses: ['192.0.2.1'] })),
    bumps: ['service'],
    inSerial: false,
  },
  {
    title: 'a Service becomes an external name',
    change: (store) => store.putService(web({ type: 'ExternalName', externalName: 'Example.ORG' })),
    bumps: ['service', '10.96.0.1'],
    inSerial: true,
  },
  {
    title: 'the second of three endpoints goes: the others keep their cached answers',
    change: (store) =>
      store.putEndpointSlice(web1({ endpoints: [endpoint('10.0.0.1'), endpoint('10.0.0.3')] })),
    bumps: ['service', '10.0.0.2'],
    inSerial: true,
  },
  {
    title: 'the host name of an endpoint',
    change: (store) => {
      const [one, two, three] = web1().endpoints;
      store.putEndpointSlice(web1({ endpoints: [one!, { ...two!, hostname: 'b' }, three!] }));
    },
    bumps: ['service', '10.0.0.2'],
    inSerial: true,
  },
  {
    title: 'the target name of an endpoint',
    change: (store) => {
      const [one, two, three] = web1().endpoints;
      store.putEndpointSlice(web1({ endpoints: [one!, two!, { ...three!, targetName: 'web-c' }] }));
    },
    bumps: ['service', '10.0.0.3'],
    inSerial: false,
  },
  {
    title: 'the order of endpoints',
    change: (store) => store.putEndpointSlice(web1({ endpoints: web1().endpoints.toReversed() })),
    bumps: ['service', '10.0.0.1', '10.0.0.2', '10.0.0.3'],
    inSerial: true,
  },
  {
    title: 'a slice is relabelled to another Service',
    first: (store) => store.putService(web({ name: 'api', clusterIPs: ['None'] })),
    change: (store) => store.putEndpointSlice(web1({ service: 'api' })),
    bumps: ['service', 'api', '10.0.0.1', '10.0.0.2', '10.0.0.3'],
    inSerial: true,
  },
  {
    title: 'a Service more',
    change: (store) => store.putService(web({ name: 'api', clusterIPs: ['10.96.0.2'] })),
    bumps: ['membership', '10.96.0.2'],
    inSerial: true,
  },
  {
    title: 'a Service less: whose its endpoints are changes too',
    change: (store) => store.removeService('shop', 'web'),
    bumps: ['membership', 'service', '10.96.0.1', '10.0.0.1', '10.0.0.2', '10.0.0.3'],
    inSerial: true,
  },
  {
    title: 'a namespace more',
    change: (store) => store.putNamespace('bank'),
    bumps: ['namespaces'],
    inSerial: true,
  },
  {
    title: 'a Service in a namespace that nobody knew',
    change: (store) => store.putService(web({ namespace: 'bank', clusterIPs: ['None'] })),
    bumps: ['namespaces'],
    inSerial: true,
  },
  {
    title: 'a namespace goes before its Services',
    change: (store) => store.removeNamespace('shop'),
    bumps: ['namespaces', 'membership', 'service'],
    inSerial: true,
  },
  {
    title: 'a pod',
    change: (store) => store.putPod(pod()),
    bumps: ['10.0.0.1'],
    inSerial: true,
  },
  {
    title: 'the address of a pod',
    first: (store) => store.putPod(pod()),
    change: (store) => store.putPod(pod({ address: '10.0.0.2' })),
    bumps: ['10.0.0.1', '10.0.0.2'],
    inSerial: true,
  },
  {
    title: 'a pod that has no address yet',
    change: (store) => store.putPod(pod({ address: '' })),
    bumps: [],
    inSerial: true,
  },
  { title: 'the state', change: (store) => store.setState('fresh'), bumps: ['state'], inSerial: false },
  { title: 'the state it has', change: (store) => store.setState('syncing'), bumps: [], inSerial: false },
  {
    title: 'what is not there goes',
    change: (store) => {
      store.removeNamespace('bank');
      store.removeService('shop', 'api');
      store.removeEndpointSlice('shop', 'web-2');
      store.removePod('shop', 'web-a');
    },
    bumps: [],
    inSerial: false,
  },
];

for (const { title, first, change, bumps, inSerial } of changes) {
  test(`what dies with ${title}`, () => {
    const { cells, store, wait } = shop();
    first?.(store);
    const watched: Record<string, number> = {
      namespaces: store.namespacesCell,
      membership: store.membershipCell('shop'),
      service: store.service('web.shop')!.cell,
      state: store.stateCell,
    };
    const api = store.service('api.shop');
    if (api !== undefined) watched['api'] = api.cell;
    for (const text of ['10.96.0.1', '10.96.0.2', '10.0.0.1', '10.0.0.2', '10.0.0.3']) {
      watched[text] = store.addressCell(addressBytes(text)!);
    }
    assert.equal(new Set(Object.values(watched)).size, Object.keys(watched).length, 'no shared buckets');
    wait(10);
    const serial = { serial: store.lastChangeCell };
    let bumped: string[] = [];
    const serialBumped = bumpedBy(cells, serial, () => {
      bumped = bumpedBy(cells, watched, () => change(store));
    });
    assert.deepEqual(bumped.toSorted(), bumps.toSorted());
    assert.equal(store.lastChange, inSerial ? START + 10 : START);
    assert.equal(serialBumped.length, inSerial ? 1 : 0);
  });
}

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
  assert.deepEqual(store.counts(), { namespace: 1, service: 1, endpointslice: 1, endpoint: 1, pod: 1 });
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
  const before = store.storeBytes();
  store.putEndpointSlice(web1({ name: 'api-1', service: 'api' }));
  assert.equal(store.storeBytes().string, before.string);
  assert.equal(store.storeBytes().port, before.port);
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
