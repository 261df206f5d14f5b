import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { temporaryFolder } from '../../../test/kit/temporary-folder.ts';
import type { TemporaryFolder } from '../../../test/kit/temporary-folder.ts';
import { createLogger } from '../../log/logger.ts';
import { seededRandom } from '../../plugin/random.ts';
import { VersionCells } from '../../truth/version-cells.ts';
import type { ObjectKind } from '../cluster-inventory.ts';
import { ClusterStore } from '../cluster-store.ts';
import { Snapshot } from './snapshot.ts';
import type { SnapshotSource } from './snapshot.ts';

/** A source that knows what a test says it knows. */
export class FakeSource implements SnapshotSource {
  age = 0;
  readonly seen = new Set<ObjectKind>();
  dropped = 0;

  hasSeen(objects: ObjectKind): boolean {
    return this.seen.has(objects);
  }

  dropForeign(): void {
    this.dropped++;
  }
}

/** A server's stores and its snapshot in a folder that others may share. */
export class TestSnapshot {
  readonly folder: TemporaryFolder;
  readonly path: string;
  readonly clock = new FakeClock();
  readonly lines: string[] = [];
  readonly events: string[] = [];
  readonly sources = [new FakeSource(), new FakeSource()] as const;
  readonly stores: readonly [cluster: ClusterStore, clusterSet: ClusterStore];
  readonly snapshot: Snapshot;
  /** What the credentials tell of the cluster. */
  cluster = 'https://10.96.0.1/ sha256:1';

  constructor(context: TestContext, folder = temporaryFolder(context), selection = 'all') {
    this.folder = folder;
    this.path = join(folder.path, 'cluster.snapshot');
    const random = seededRandom(1);
    const options = { cells: new VersionCells(8192, 16), clock: this.clock, random };
    this.stores = [new ClusterStore(options), new ClusterStore(options)];
    this.snapshot = new Snapshot({
      path: this.path,
      cluster: () => this.cluster,
      selection,
      parts: this.stores.map((store, index) => ({ store, source: this.sources[index]! })),
      clock: this.clock,
      random,
      log: createLogger((line) => this.lines.push(line)),
      listener: {
        written: () => this.events.push('written'),
        failed: (what) => this.events.push(`${what} failed`),
      },
    });
  }

  /** A shop in the cluster's own store, and a Service that the ClusterSet shares. */
  fill(): this {
    const [cluster, clusterSet] = this.stores;
    const ports = [{ name: 'http', protocol: 'TCP', number: 80 }];
    const service = { namespace: 'shop', type: 'ClusterIP', externalName: '', ports, externalAddresses: [] };
    const endpoint = { ready: true, hostname: '', targetName: 'web-a', node: 'n1', zone: '' };
    cluster.putNamespace('shop');
    cluster.putService({ ...service, name: 'web', clusterIPs: ['10.96.0.10'] });
    cluster.putEndpointSlice({
      namespace: 'shop',
      name: 'web-1',
      service: 'web',
      ports,
      endpoints: [{ ...endpoint, addresses: ['10.0.0.1'] }],
    });
    cluster.putPod({ namespace: 'shop', name: 'web-a', address: '10.0.0.1' });
    clusterSet.putService({ ...service, name: 'shared', type: 'ClusterSetIP', clusterIPs: ['10.112.0.1'] });
    return this;
  }

  synced(): this {
    for (const store of this.stores) store.setState('fresh', false);
    return this;
  }

  /** `state: services`, for each store. */
  get held(): string[] {
    return this.stores.map((store) => {
      const names = [...store.services()].map(({ name }) => name).sort();
      return `${store.fromSnapshot ? 'from snapshot, ' : ''}${store.state}: ${names.join(' ')}`;
    });
  }

  get text(): string {
    return readFileSync(this.path, 'utf8');
  }
}
