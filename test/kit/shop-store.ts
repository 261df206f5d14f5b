import { ClusterStore } from '../../src/cluster/cluster-store.ts';
import type {
  EndpointInput,
  EndpointSliceInput,
  PodInput,
  ServiceInput,
} from '../../src/cluster/cluster-writer.ts';
import type { IntakeFault } from '../../src/cluster/intake-faults.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { VersionCells } from '../../src/truth/version-cells.ts';

/** Unix time in seconds of the first changes. */
export const START = 1_700_000_000;
/** A port as a slice or a Service has it. */
export const HTTP = { name: 'http', protocol: 'TCP', number: 80 };

/** What a test of the store has in hand. */
export interface ShopStore {
  readonly cells: VersionCells;
  readonly store: ClusterStore;
  /** What was left out so far. */
  readonly faults: IntakeFault[];
  /** Turns the clock by so many seconds. */
  readonly wait: (by: number) => void;
}

/** A store with shop/web (10.96.0.1) and its slice web-1 (10.0.0.1, .2 and .3), and a clock to be turned by hand. */
export function shop(): ShopStore {
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

/** A timer of a clock that nobody may set timers at. */
export function never(): never {
  throw new Error('the store sets no timers');
}

/** The Service shop/web, with what is different. */
export function web(change: Partial<ServiceInput> = {}): ServiceInput {
  const service = { namespace: 'shop', name: 'web', type: 'ClusterIP', clusterIPs: ['10.96.0.1'] };
  return { ...service, externalName: '', ports: [HTTP], externalAddresses: [], ...change };
}

/** The slice shop/web-1, with what is different. */
export function web1(change: Partial<EndpointSliceInput> = {}): EndpointSliceInput {
  const endpoints = [1, 2, 3].map((number) => endpoint(`10.0.0.${number}`));
  return { namespace: 'shop', name: 'web-1', service: 'web', ports: [HTTP], endpoints, ...change };
}

/** A ready endpoint, with what is different. */
export function endpoint(address: string, change: Partial<EndpointInput> = {}): EndpointInput {
  const input = { addresses: [address], ready: true, hostname: '', targetName: '', node: 'n1', zone: 'z1' };
  return { ...input, ...change };
}

/** The pod shop/web-a, with what is different. */
export function pod(change: Partial<PodInput> = {}): PodInput {
  return { namespace: 'shop', name: 'web-a', address: '10.0.0.1', ...change };
}

/** Titles of the cells among `watched` that `action` bumps. */
export function bumpedBy(cells: VersionCells, watched: Record<string, number>, action: () => void): string[] {
  const before = Object.values(watched).map((cell) => cells.version(cell));
  action();
  return Object.keys(watched).filter(
    (_, index) => cells.version(Object.values(watched)[index]!) !== before[index],
  );
}
