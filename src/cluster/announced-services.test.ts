import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { VersionCells } from '../truth/version-cells.ts';
import { ClusterStore } from './cluster-store.ts';
import type { AnnouncementInput, EndpointInput, ServiceInput } from './cluster-writer.ts';
import { putInput } from './stored-inputs.ts';

const WISH: AnnouncementInput = {
  type: '_http._tcp',
  instance: '',
  txt: '',
  nodePorts: [0, 30080],
  isLocal: false,
};

const WEB: ServiceInput = {
  namespace: 'shop',
  name: 'web',
  type: 'NodePort',
  clusterIPs: ['10.96.0.1'],
  externalName: '',
  ports: [
    { name: 'metrics', protocol: 'TCP', number: 9000 },
    { name: 'http', protocol: 'TCP', number: 80 },
    { name: 'dns', protocol: 'UDP', number: 53 },
  ],
  externalAddresses: ['192.168.1.240', 'balancer.example.org'],
};

class World {
  readonly faults: string[] = [];
  readonly store = new ClusterStore({
    cells: new VersionCells(1024, 16),
    clock: new FakeClock(),
    onFault: ({ reason, value }) => this.faults.push(`${reason} ${value}`),
  });
  told = 0;

  constructor() {
    this.store.announced.follow(() => this.told++);
  }

  put(announcement: Partial<AnnouncementInput> = {}, more: Partial<ServiceInput> = {}): void {
    this.store.putService({ ...WEB, ...more, announcement: { ...WISH, ...announcement } });
  }

  slice(...nodes: readonly string[]): void {
    const endpoints = nodes.map((node, index): EndpointInput => ({
      addresses: [`10.1.0.${index + 1}`],
      ready: true,
      hostname: '',
      targetName: '',
      node,
      zone: '',
    }));
    this.store.putEndpointSlice({ namespace: 'shop', name: 'web-1', service: 'web', ports: [], endpoints });
  }
}

const rows = [
  { title: 'the port called like the type', wish: {}, expected: { port: 80, nodePort: 30080 } },
  {
    title: 'else the first of its protocol',
    wish: { type: '_ipp._tcp' },
    expected: { port: 9000, nodePort: 0 },
  },
  { title: 'the name of the Service', wish: {}, expected: { instance: 'web' } },
  { title: 'a name of its own', wish: { instance: ' The shop ' }, expected: { instance: 'The shop' } },
  {
    title: 'texts',
    wish: { txt: 'path=/, flag\nuser=me' },
    expected: { txt: ['path=/', 'flag', 'user=me'] },
  },
  { title: 'addresses, and no names', wish: {}, expected: { addresses: ['192.168.1.240'] } },
];
for (const { title, wish, expected } of rows) {
  test(`a Service that is announced has ${title}`, () => {
    const world = new World();
    world.put(wish);
    const [found] = world.store.announced.list();
    assert.deepEqual({ ...found, ...expected }, found);
    assert.deepEqual(world.faults, []);
  });
}

const faults = [
  { wish: { type: 'http' }, fault: 'invalid mdns type http', isAnnounced: false },
  { wish: { type: '_http._sctp' }, fault: 'invalid mdns type _http._sctp', isAnnounced: false },
  { wish: { instance: 'x'.repeat(64) }, fault: `invalid mdns name ${'x'.repeat(64)}`, isAnnounced: true },
  { wish: { txt: 'a=b,=c' }, fault: 'invalid mdns text =c', isAnnounced: true },
];
for (const { wish, fault, isAnnounced } of faults) {
  test(`what cannot be announced is told: ${fault.slice(0, 40)}`, () => {
    const world = new World();
    world.put(wish);
    assert.deepEqual(world.faults, [fault]);
    assert.equal(world.store.announced.list().length, isAnnounced ? 1 : 0);
  });
}

test('what does not go into a packet is left out', () => {
  const world = new World();
  const text = (number: number): string => `${number}=${'x'.repeat(240)}`;
  const texts = [1, 2, 3, 4, 5].map(text);
  const externalAddresses = Array.from({ length: 300 }, (_, index) => `192.0.2.${index % 256}`);
  world.put({ txt: texts.join(',') }, { externalAddresses });
  const [found] = world.store.announced.list();
  assert.deepEqual(found!.txt, texts.slice(0, 4));
  assert.equal(found!.addresses.length, 16);
  assert.equal(world.faults.length, 1);
});

test('followers are told of Services and endpoints that come and go, and of no others', () => {
  const world = new World();
  world.store.putService(WEB);
  world.slice('a');
  assert.equal(world.told, 0);
  world.put();
  assert.equal(world.told, 1);
  assert.deepEqual([...world.store.announced.list()[0]!.readyNodes], ['a']);
  world.slice('a', 'b');
  assert.ok(world.told > 1);
  assert.deepEqual([...world.store.announced.list()[0]!.readyNodes], ['a', 'b']);
  world.slice();
  assert.equal(world.store.announced.list()[0]!.readyNodes.size, 0);
  world.told = 0;
  world.store.putService(WEB);
  assert.deepEqual([world.told, world.store.announced.list()], [1, []]);
  world.put();
  world.store.removeService('shop', 'web');
  assert.deepEqual(world.store.announced.list(), []);
});

test('what is announced is among the inputs for a snapshot', () => {
  const world = new World();
  world.put({ instance: 'Shop', txt: 'a=b', isLocal: true });
  world.slice('a');
  const copy = new World();
  for (const input of world.store.inventory.inputs()) putInput(copy.store, input);
  assert.deepEqual(copy.store.announced.list(), world.store.announced.list());
});
