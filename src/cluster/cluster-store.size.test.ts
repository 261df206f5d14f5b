import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../plugin/clock.ts';
import { VersionCells } from '../truth/version-cells.ts';
import { addressBytes } from '../wire/address.ts';
import { ClusterStore } from './cluster-store.ts';
import type { EndpointSliceInput, ServiceInput } from './cluster-writer.ts';

const MEGABYTE = 1_000_000;
const SERVICES = 10_000;
const ENDPOINTS_A_SERVICE = 10;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function serviceInput(number: number): ServiceInput {
  return {
    namespace: `team-${number % 100}`,
    name: `service-${number}`,
    type: 'ClusterIP',
    clusterIPs: [`10.${96 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`],
    externalName: '',
    ports: [{ name: 'http', protocol: 'TCP', number: 80 }],
    externalAddresses: [],
  };
}

function sliceInput(number: number, round = 0): EndpointSliceInput {
  const service = serviceInput(number);
  const endpoints = Array.from({ length: ENDPOINTS_A_SERVICE }, (_, index) => {
    const host = number * ENDPOINTS_A_SERVICE + index;
    return {
      addresses: [`10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`],
      ready: true,
      hostname: '',
      targetName: `service-${number}-5d8f9c7b6d-${(host * 7919 + round).toString(36)}`,
      node: `node-${host % 1000}.example.internal`,
      zone: `zone-${host % 3}`,
    };
  });
  return {
    namespace: service.namespace,
    name: `${service.name}-x7k2p`,
    service: service.name,
    ports: [{ name: 'http', protocol: 'TCP', number: 8080 }],
    endpoints,
  };
}

function fill(store: ClusterStore): void {
  for (let number = 0; number < SERVICES; number++) {
    store.putService(serviceInput(number));
    store.putEndpointSlice(sliceInput(number));
  }
}

test('100,000 endpoints in 10,000 Services take less than 40 MB, and the estimate is near the truth', () => {
  const cells = new VersionCells();
  const before = heldBytes();
  const store = new ClusterStore({ cells, clock: systemClock });
  fill(store);
  const held = heldBytes() - before;
  assert.equal(store.inventory.counts().endpoint, SERVICES * ENDPOINTS_A_SERVICE);
  assert.equal(store.endpointsAt(addressBytes('10.1.134.159')!).length, 1);
  const estimate = Object.values(store.inventory.bytes()).reduce((sum, bytes) => sum + bytes, 0);
  const told = `${(held / MEGABYTE).toFixed(1)} MB held, ${(estimate / MEGABYTE).toFixed(1)} MB estimated`;
  assert.ok(held < 40 * MEGABYTE, told);
  assert.ok(estimate < 40 * MEGABYTE, told);
  assert.ok(estimate > held / 2 && estimate < held * 2, told);

  for (let round = 1; round <= 10; round++) {
    for (let number = 0; number < SERVICES; number += 5) {
      const slice = sliceInput(number, round);
      // Slices shrink and grow again, as in a rollout.
      store.putEndpointSlice({ ...slice, endpoints: slice.endpoints.slice(0, 4) });
      store.putEndpointSlice(slice);
    }
  }
  const after = Object.values(store.inventory.bytes()).reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(after < estimate * 1.03, 'pods that come and go leave nothing behind');
});

test('objects that come and go leave no version cell and no row behind', () => {
  const cells = new VersionCells(20_000, 16);
  const store = new ClusterStore({ cells, clock: systemClock });
  for (let round = 0; round < 3000; round++) {
    store.putNamespace(`run-${round}`);
    store.putService({ ...serviceInput(round), namespace: `run-${round}` });
    store.putEndpointSlice({ ...sliceInput(round), namespace: `run-${round}` });
    store.removeNamespace(`run-${round}`);
    store.removeEndpointSlice(`run-${round}`, `service-${round}-x7k2p`);
    store.removeService(`run-${round}`, `service-${round}`);
  }
  const [one, two] = [cells.allocate(), cells.allocate()];
  assert.ok(Math.max(one, two) < 4200, `cells are used again, yet ${one} and ${two} come next`);
  assert.deepEqual(store.inventory.counts(), {
    namespace: 0,
    service: 0,
    endpointslice: 0,
    endpoint: 0,
    pod: 0,
  });
  const empty = new ClusterStore({ cells, clock: systemClock });
  assert.deepEqual(store.inventory.bytes(), empty.inventory.bytes());
});

test('a name cut out of a large text does not keep that text', () => {
  const store = new ClusterStore({ cells: new VersionCells(), clock: systemClock });
  const cut = (name: string): string => `${'x'.repeat(MEGABYTE)}${name}`.slice(MEGABYTE);
  const before = heldBytes();
  for (let number = 0; number < 50; number++) {
    const type = 'ExternalName';
    store.putService({ ...serviceInput(number), type, externalName: cut(`number-${number}.example.org`) });
    store.putPod({
      namespace: cut('a-rather-long-name'),
      name: cut(`pod-number-${number}`),
      address: cut(`FD00::1234:5678:${number}`),
    });
    const [endpoint] = sliceInput(number).endpoints;
    const endpoints = [
      { ...endpoint!, addresses: [cut(`FD00::1234:${number}`)], node: cut(`node-number-${number}`) },
    ];
    store.putEndpointSlice({ ...sliceInput(number), name: cut(`slice-number-${number}`), endpoints });
  }
  const held = heldBytes() - before;
  assert.deepEqual(store.inventory.counts(), {
    namespace: 0,
    service: 50,
    endpointslice: 50,
    endpoint: 50,
    pod: 50,
  });
  assert.ok(held < 5 * MEGABYTE, `${(held / MEGABYTE).toFixed(1)} MB held`);
});

test('10,000 endpoints with one address are all found, and all forgotten', () => {
  const store = new ClusterStore({ cells: new VersionCells(), clock: systemClock });
  const [endpoint] = sliceInput(0).endpoints;
  const endpoints = Array.from({ length: 1000 }, () => endpoint!);
  for (let number = 0; number < 10; number++) store.putEndpointSlice({ ...sliceInput(number), endpoints });
  assert.equal(store.endpointsAt(addressBytes(endpoint!.addresses[0]!)!).length, 10_000);
  for (let number = 0; number < 10; number++) {
    store.removeEndpointSlice(sliceInput(number).namespace, sliceInput(number).name);
  }
  assert.equal(store.endpointsAt(addressBytes(endpoint!.addresses[0]!)!).length, 0);
});
