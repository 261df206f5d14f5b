/**
 * What 100,000 endpoints in 10,000 Services cost: time to load, memory, time for each look-up, and the time of the
 * same load again (a relist that brings no news).
 *
 *     node --expose-gc bench/cluster-store.ts
 */
import { ClusterStore } from '../src/cluster/cluster-store.ts';
import type { EndpointSliceInput, ServiceInput } from '../src/cluster/cluster-writer.ts';
import { systemClock } from '../src/plugin/clock.ts';
import { seededRandom } from '../src/plugin/random.ts';
import { VersionCells } from '../src/truth/version-cells.ts';
import { addressBytes } from '../src/wire/address.ts';

const SERVICES = 10_000;
const ENDPOINTS_A_SERVICE = 10;
const LOOKUPS = 1_000_000;
const MEGABYTE = 1_000_000;

const inputs = Array.from({ length: SERVICES }, (_, number) => clusterPart(number));
const before = heldBytes();
const store = new ClusterStore({ cells: new VersionCells(), clock: systemClock, random: seededRandom(1) });
print('load', `${load().toFixed(0)} ms`);
const held = heldBytes() - before;
print('load again, no news', `${load().toFixed(0)} ms`);
print('held, heap and array buffers', `${(held / MEGABYTE).toFixed(1)} MB`);
for (const [kind, bytes] of Object.entries(store.inventory.bytes())) {
  print(`  estimate: ${kind}`, `${(bytes / MEGABYTE).toFixed(1)} MB`);
}

const random = seededRandom(2);
const draws = Array.from({ length: 1024 }, () => random.below(SERVICES));
const keys = draws.map((number) => `service-${number}.team-${number % 100}`);
const clusterAddresses = draws.map((number) => addressBytes(clusterPart(number).service.clusterIPs[0]!)!);
const endpointAddresses = draws.map((number) =>
  addressBytes(clusterPart(number).slice.endpoints[0]!.addresses[0]!)!,
);
measure('service(key)', (turn) => (store.service(keys[turn]!) === undefined ? 0 : 1));
measure('service(key), nothing there', (turn) => (store.service(`${turn}.nowhere`) === undefined ? 1 : 0));
measure('membershipCell', (turn) => store.membershipCell(`team-${turn % 100}`));
measure('servicesAt', (turn) => store.servicesAt(clusterAddresses[turn]!).length);
measure('endpointsAt', (turn) => store.endpointsAt(endpointAddresses[turn]!).length);
measure('addressCell', (turn) => store.addressCell(endpointAddresses[turn]!));
measure('ten endpoint addresses of a Service', (turn) => {
  const slice = store.service(keys[turn]!)!.slices[0]!;
  let sum = 0;
  for (let row = slice.first; row < slice.first + slice.count; row++) sum += store.endpointAddress(row)[3]!;
  return sum;
});

function load(): number {
  const start = performance.now();
  for (const { service, slice } of inputs) {
    store.putService(service);
    store.putEndpointSlice(slice);
  }
  return performance.now() - start;
}

function measure(title: string, look: (turn: number) => number): void {
  let sum = 0;
  for (let turn = 0; turn < LOOKUPS / 10; turn++) sum += look(turn & 1023);
  const start = performance.now();
  for (let turn = 0; turn < LOOKUPS; turn++) sum += look(turn & 1023);
  const nanoseconds = ((performance.now() - start) * 1_000_000) / LOOKUPS;
  if (sum === 0) throw new Error(`${title} found nothing`);
  print(title, `${nanoseconds.toFixed(0)} ns`);
}

function print(title: string, figure: string): void {
  console.log(`${title.padEnd(40)}${figure.padStart(12)}`);
}

function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function clusterPart(number: number): { service: ServiceInput; slice: EndpointSliceInput } {
  const namespace = `team-${number % 100}`;
  const name = `service-${number}`;
  const service = {
    namespace,
    name,
    type: 'ClusterIP',
    clusterIPs: [`10.96.${number >> 8}.${number & 255}`],
    externalName: '',
    ports: [{ name: 'http', protocol: 'TCP', number: 80 }],
    externalAddresses: [],
  };
  const endpoints = Array.from({ length: ENDPOINTS_A_SERVICE }, (_, index) => {
    const host = number * ENDPOINTS_A_SERVICE + index;
    return {
      addresses: [`10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`],
      ready: true,
      hostname: '',
      targetName: `${name}-5d8f9c7b6d-${(host * 7919).toString(36)}`,
      node: `node-${host % 1000}.example.internal`,
      zone: `zone-${host % 3}`,
    };
  });
  const ports = [{ name: 'http', protocol: 'TCP', number: 8080 }];
  return { service, slice: { namespace, name: `${name}-x7k2p`, service: name, ports, endpoints } };
}
