import type { ServiceInput } from '../../src/cluster/cluster-writer.ts';
import type { Stage } from './stage.ts';

/** A change of the world that happens at once. */
export interface Change {
  readonly title: string;
  /** Parts of names that it is about, with the address for `#`; whole names begin with `=`. */
  readonly about: readonly string[];
  /** @param address 0 to 3 */
  make(stage: Stage, address: number): void;
}

const REVERSE = '.0.0.10.in-addr.arpa.';
const FIRST = '=0.0.0.10.in-addr.arpa.';
const SERIAL = '=cluster.local.';
const ports = [{ name: 'http', protocol: 'TCP', number: 80 }];
const PODS = Array.from({ length: 60 }, (_, index) => `10.8.1.${index + 10}`);

function service(namespace: string, name: string, changes: Partial<ServiceInput> = {}): ServiceInput {
  const plain = { type: 'ClusterIP', clusterIPs: ['None'], externalName: '', ports, externalAddresses: [] };
  return { namespace, name, ...plain, ...changes };
}

function external(name: string, externalName: string): ServiceInput {
  return service('shop', name, { type: 'ExternalName', clusterIPs: [], externalName, ports: [] });
}

/** An EndpointSlice of a Service. The first endpoint has a name. */
function putSlice({ store }: Stage, name: string, of: string, addresses: readonly string[]): void {
  const endpoints = addresses.map((address, index) => ({
    addresses: [address],
    ready: true,
    hostname: index === 0 && name !== 'big-1' ? 'one' : '',
    targetName: '',
    node: '',
    zone: '',
  }));
  store.putEndpointSlice({ namespace: 'shop', name, service: of, ports, endpoints });
}

/** All changes but those of files, Corefiles and time: in pairs, of which mostly one undoes the other. */
export const changes: readonly Change[] = [
  {
    title: 'a Service with an address',
    about: ['web.shop', 'out.shop', FIRST, REVERSE, SERIAL],
    make: ({ store }, address) =>
      store.putService(service('shop', 'web', { clusterIPs: [`10.0.0.${address % 2}`] })),
  },
  {
    title: 'no such Service',
    about: ['web.shop', 'out.shop', FIRST, REVERSE],
    make: ({ store }) => store.removeService('shop', 'web'),
  },
  {
    title: 'a headless Service',
    about: ['all.shop', REVERSE],
    make: ({ store }) => store.putService(service('shop', 'all')),
  },
  {
    title: 'no headless Service',
    about: ['all.shop', REVERSE],
    make: ({ store }) => store.removeService('shop', 'all'),
  },
  {
    title: 'endpoints',
    about: ['all.shop', REVERSE],
    make: (stage, address) =>
      putSlice(
        stage,
        'all-1',
        'all',
        Array.from({ length: address + 1 }, (_, index) => `10.0.0.${index}`),
      ),
  },
  {
    title: 'no endpoints',
    about: ['all.shop', 'other.shop', REVERSE],
    make: ({ store }) => store.removeEndpointSlice('shop', 'all-1'),
  },
  {
    title: 'one endpoint',
    about: ['all.shop', REVERSE],
    make: (stage, address) => putSlice(stage, 'all-1', 'all', [`10.0.0.${address}`]),
  },
  {
    title: 'endpoints of another Service',
    about: ['all.shop', 'other.shop', REVERSE],
    make: (stage) => putSlice(stage, 'all-1', 'other', ['10.0.0.0', '10.0.0.1']),
  },
  {
    title: 'another headless Service',
    about: ['other.shop'],
    make: ({ store }) => store.putService(service('shop', 'other')),
  },
  {
    title: 'more than fits',
    about: ['big.shop', '69.1.8.10.in-addr.arpa.'],
    make: (stage: Stage, address: number): void => {
      stage.store.putService(service('shop', 'big'));
      putSlice(stage, 'big-1', 'big', PODS.slice(0, 60 - address));
    },
  },
  {
    title: 'no namespace',
    about: ['web.lab', 'lab.svc', '.lab.pod'],
    make: ({ store }) => store.removeNamespace('lab'),
  },
  {
    title: 'a namespace',
    about: ['web.lab', 'lab.svc', '.lab.pod'],
    make: ({ store }) => store.putNamespace('lab'),
  },
  {
    title: 'a Service in that namespace',
    about: ['web.lab', 'lab.svc'],
    make: ({ store }, address) =>
      store.putService(service('lab', 'web', { clusterIPs: [`10.0.1.${address}`] })),
  },
  {
    title: 'no Service in that namespace',
    about: ['web.lab', 'lab.svc'],
    make: ({ store }) => store.removeService('lab', 'web'),
  },
  {
    title: 'a Service before its namespace',
    about: ['web.ghost', '.0.7.10.in-addr.arpa.'],
    make: ({ store }, address) =>
      store.putService(service('ghost', 'web', { clusterIPs: [`10.7.0.${address}`] })),
  },
  {
    title: 'no Service any more, perhaps after its namespace',
    about: ['web.ghost', '.0.7.10.in-addr.arpa.'],
    make: ({ store }) => store.removeService('ghost', 'web'),
  },
  {
    title: 'the namespace of that Service',
    about: ['web.ghost', 'ghost.svc', '.0.7.10.in-addr.arpa.'],
    make: ({ store }) => store.putNamespace('ghost'),
  },
  {
    title: 'not the namespace of that Service',
    about: ['web.ghost', 'ghost.svc', '.0.7.10.in-addr.arpa.'],
    make: ({ store }) => store.removeNamespace('ghost'),
  },
  {
    title: 'an alias',
    about: ['out.shop'],
    make: ({ store }) => store.putService(external('out', 'web.shop.svc.cluster.local')),
  },
  {
    title: 'another alias',
    about: ['out.shop'],
    make: ({ store }) => store.putService(external('out', 'all.shop.svc.cluster.local')),
  },
  {
    title: 'a Service elsewhere',
    about: [SERIAL, 'none.shop', 'lab.svc'],
    make: ({ store }) => store.putService(service('far', 'it', { clusterIPs: ['10.9.9.9'] })),
  },
  {
    title: 'no Service elsewhere',
    about: [SERIAL, 'none.shop', 'lab.svc'],
    make: ({ store }) => store.removeService('far', 'it'),
  },
  {
    title: 'a Service of this server',
    about: [SERIAL, 'ns.dns'],
    make: (stage, address) => crowd(stage, 1, address),
  },
  {
    title: 'no Service of this server',
    about: [SERIAL, 'ns.dns'],
    make: (stage: Stage, address: number): void => {
      for (let number = 0; number < 9; number++) {
        // An endpoint may be there before its Service.
        if (address % 2 === 0) stage.store.removeService('far', `server${number}`);
        else stage.store.removeEndpointSlice('far', `server${number}`);
      }
    },
  },
  {
    title: 'many Services of this server',
    about: [SERIAL, 'ns.dns'],
    make: (stage, address) => crowd(stage, 9, address),
  },
  {
    title: 'an alias to another block',
    about: ['far.shop'],
    make: ({ store }) => store.putService(external('far', 'one.example.net')),
  },
  {
    title: 'a pod',
    about: ['10-7-0-#.shop.pod.verified', '.pod.verified'],
    make: ({ store }, address) =>
      store.putPod({ namespace: 'shop', name: 'it', address: `10.7.0.${address}` }),
  },
  {
    title: 'no pod',
    about: ['.pod.verified'],
    make: ({ store }) => store.removePod('shop', 'it'),
  },
  {
    title: 'an imported Service',
    about: ['web.fresh', 'clusterset.local.'],
    make: ({ imports }, address) =>
      imports.putService(
        service('fresh', 'web', { type: 'ClusterSetIP', clusterIPs: [`10.6.0.${address}`] }),
      ),
  },
  {
    title: 'no imported Service',
    about: ['web.fresh', 'clusterset.local.'],
    make: ({ imports }) => imports.removeService('fresh', 'web'),
  },
  {
    title: 'how fresh the cluster is',
    about: ['web.shop', 'none.shop', SERIAL],
    make: ({ store }, address) => store.setState(address === 0 ? 'stale' : address === 1 ? 'lost' : 'fresh'),
  },
  {
    title: 'how fresh the ClusterSet is',
    about: ['web.fresh.svc.set', 'web.fresh'],
    make: ({ store, imports }: Stage, address: number): void => {
      // Else it may be the cluster's age that answers tell.
      store.setState('fresh');
      imports.setState(address % 2 === 0 ? 'stale' : 'fresh');
    },
  },
  {
    title: 'an upstream that answers',
    about: ['.net.', 'eight.example.', 'out.zone.test.', 'tmpl.test.', 'far.shop'],
    make: ({ upstream }: Stage, address: number): void => {
      upstream.mood = 'well';
      upstream.address = address;
    },
  },
  {
    title: 'an upstream that denies',
    about: ['.net.', 'eight.example.', 'out.zone.test.', 'tmpl.test.', 'far.shop'],
    make: ({ upstream }: Stage): void => {
      upstream.mood = 'gone';
    },
  },
  {
    title: 'an upstream that answers, seconds later',
    about: ['one.example.net.', 'three.example.net.'],
    make: (stage: Stage, address: number): void => {
      stage.upstream.mood = 'well';
      stage.upstream.address = address;
      // What was fetched before is about to run out, and fetched anew where it is popular.
      stage.advance(4600 + 300 * address);
    },
  },
  {
    title: 'an upstream that denies, seconds later',
    about: ['one.example.net.', 'three.example.net.'],
    make: (stage: Stage, address: number): void => {
      stage.upstream.mood = 'gone';
      stage.advance(4600 + 300 * address);
    },
  },
  {
    title: 'an upstream that fails',
    about: ['.net.', 'eight.example.'],
    make: ({ upstream }: Stage): void => {
      upstream.mood = 'failing';
    },
  },
  {
    title: 'caches that forget',
    about: ['.net.', 'eight.example.'],
    make: (stage: Stage, address: number): void => {
      stage.upstream.address = address;
      stage.flush();
    },
  },
];

/** How the world begins: nothing is known yet. */
export function begin({ store, imports, cells }: Stage): void {
  for (const namespace of ['shop', 'lab', 'far', 'fresh']) store.putNamespace(namespace);
  store.setState('syncing');
  imports.setState('fresh');
  // What comes from now on has its cells beyond those that a worker has seen at its start.
  const before = cells.memory.byteLength;
  while (cells.memory.byteLength === before) cells.allocate();
}

/** This server is an endpoint of so many Services; the last one has the address. */
function crowd({ store }: Stage, size: number, address: number): void {
  for (let number = 0; number < 9; number++) {
    if (number >= size) {
      store.removeEndpointSlice('far', `server${number}`);
      continue;
    }
    const clusterIPs = [`10.5.${number}.${number === size - 1 ? address : 9}`];
    store.putService(service('far', `server${number}`, { clusterIPs }));
    const endpoint = { ready: true, hostname: '', targetName: '', node: '', zone: '' };
    store.putEndpointSlice({
      namespace: 'far',
      name: `server${number}`,
      service: `server${number}`,
      ports,
      endpoints: [{ ...endpoint, addresses: ['192.0.2.2'] }],
    });
  }
}
