import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bumpedBy, endpoint, HTTP, pod, shop, START, web, web1 } from '../../test/kit/shop-store.ts';
import { addressBytes } from '../wire/address.ts';
import type { ClusterStore } from './cluster-store.ts';

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
    title: 'a Service whose endpoints were there before',
    first: (store) =>
      store.putEndpointSlice(web1({ name: 'api-1', service: 'api', endpoints: [endpoint('10.0.0.2')] })),
    change: (store) => store.putService(web({ name: 'api', clusterIPs: ['10.96.0.2'] })),
    bumps: ['membership', '10.96.0.2', '10.0.0.2'],
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
