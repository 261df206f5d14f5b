import { dirname, isAbsolute, join } from 'node:path';
import {
  AnnouncedServices,
  Capability,
  ClusterLeases,
  ListenAddresses,
  RootDirectory,
} from '../../src/plugin/capability.ts';
import type { ServiceAnnouncements } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler } from '../../src/plugin/plugin.ts';
import type { Backend } from './backend.ts';
import { ClusterFeed } from './cluster-feed.ts';
import type { FeedOptions, Sources } from './cluster-feed.ts';
import { KubernetesHandler } from './handler.ts';
import { machineSources } from './machine-sources.ts';
import { interfaceAddresses, isWildcard, withoutLoopback } from './name-servers.ts';
import type { KubernetesOptions } from './options.ts';

const WAITING_NOTICE_INTERVAL = 500;
/** Milliseconds of an API server's silence at a start, at most, before a snapshot is made use of, or it starts without. */
const LONGEST_SILENCE = 1000;

/** A snapshot's file, and the feed that writes it. */
const SnapshotFile: Capability<{ readonly file: string; readonly key: string }> = new Capability(
  'snapshot file',
);

/** What the plugin takes from the machine. */
export interface Machine extends Sources {
  /** The interfaces' addresses without loopback, 4 or 16 bytes each. */
  localAddresses(): readonly Uint8Array[];
}

const thisMachine: Machine = { localAddresses: interfaceAddresses, ...machineSources };

/** Opens the cluster's objects, or takes them over from the configuration before, and answers from them. */
export function setup(
  options: KubernetesOptions,
  controller: Controller,
  machine: Machine = thisMachine,
): Handler {
  const feedOptions = feedOptionsOf(options, controller);
  const key = ClusterFeed.key(feedOptions);
  claimSnapshot(feedOptions, key, controller);
  const feed = controller.share(key, () => new ClusterFeed(feedOptions, controller, machine));
  let synced: Promise<void> | undefined;
  controller.onBegin(() => {
    synced = feed.source.start();
    // Whatever it fails with, `onStart` hears of it.
    synced.catch(() => undefined);
  });
  controller.onStart(() => untilSynced(feed, synced!, options.startupTimeout, controller));
  showAges(feed, options, controller);
  controller.onReady({ plugin: 'kubernetes', ready: () => feed.ready, detail: () => feed.detail });
  const backend: Backend = {
    options,
    cluster: feed.store,
    services: feed.store,
    cells: controller.cells,
    localAddresses: localAddresses(controller, machine),
  };
  controller.offerToAll(AnnouncedServices, announcementsOf(feed, options));
  if (feed.source.leases !== undefined) controller.offerToAll(ClusterLeases, feed.source.leases);
  const { clusterSet } = feed;
  return new KubernetesHandler(backend, clusterSet && { ...backend, services: clusterSet });
}

/** The Services that links are to see: of the namespaces that are answered for. Without endpoints all count as ready. */
function announcementsOf(
  { store }: ClusterFeed,
  { namespaces, endpoints }: KubernetesOptions,
): ServiceAnnouncements {
  return {
    list: () =>
      store.announced
        .list()
        .filter(({ namespace }) => store.namespaceExists(namespace) && namespaces?.has(namespace) !== false)
        .map((service) => (endpoints ? service : { ...service, readyNodes: new Set(['']), isLocal: false })),
    follow: (listener) => store.announced.follow(listener),
  };
}

function feedOptionsOf(options: KubernetesOptions, controller: Controller): FeedOptions {
  const root = controller.ask(RootDirectory) ?? dirname(controller.block.file);
  const resolved = (path: string): string => (isAbsolute(path) ? path : join(root, path));
  return {
    manifests: options.manifests.map(resolved),
    serviceNetworks: options.serviceNetworks,
    labels: options.labels,
    namespaceLabels: options.namespaceLabels,
    apiServer: options.apiServer,
    watchEndpoints: options.endpoints,
    watchPods: options.pods === 'verified',
    podNamespace: onlyOf(options.namespaces),
    podNames: options.endpointPodNames,
    watchClusterSet: options.multicluster.length > 0,
    snapshot:
      options.snapshot === undefined
        ? undefined
        : {
            file: resolved(options.snapshot),
            after: Math.min(LONGEST_SILENCE, options.startupTimeout / 2),
          },
  };
}

/**
 * The only one of the namespaces that are answered for, where there is one: the API selects one or all. Services and
 * EndpointSlices are read of all in any case, since the Service that NS answers name is among them.
 */
function onlyOf(namespaces: ReadonlySet<string> | undefined): string {
  return namespaces?.size === 1 ? namespaces.values().next().value! : '';
}

/** How old the zones' answers may be, for those who watch. */
function showAges(
  { source }: ClusterFeed,
  { primaryZone, multicluster }: KubernetesOptions,
  controller: Controller,
): void {
  const { metrics } = controller;
  const ages = metrics.gauge({
    name: 'signpost_kubernetes_watch_age_seconds',
    help: 'Time for which changes of the objects have not been seen; 0 while they are.',
    labels: ['zone'],
  });
  const collector = metrics.onCollect(() => {
    ages.cell(primaryZone).value = source.age;
    for (const zone of multicluster) ages.cell(zone).value = Math.max(source.age, source.clusterSetAge);
  });
  controller.onStop(() => collector.remove());
}

/** @throws {Error} where blocks that hold different objects would write the same file */
function claimSnapshot({ snapshot }: FeedOptions, key: string, controller: Controller): void {
  if (snapshot === undefined) return;
  const { file } = snapshot;
  if (controller.askAll(SnapshotFile).some((other) => other.file === file && other.key !== key)) {
    throw new Error(
      `snapshot ${file} is kept by another server block, with other properties; expected a file of its own`,
    );
  }
  controller.offerToAll(SnapshotFile, { file, key });
}

/**
 * Waits until the feed has seen everything, but no longer than `timeout` milliseconds. Where nobody can be asked or is
 * heard of, and nobody else answers meanwhile, the other zones are not kept waiting either.
 * @param synced what the feed's start gave
 */
function untilSynced(
  feed: ClusterFeed,
  synced: Promise<void>,
  timeout: number,
  controller: Controller,
): Promise<void> {
  const { clock, log } = controller;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const began = clock.monotonic();
  const notices = clock.every(WAITING_NOTICE_INTERVAL, () => {
    const hopeless = controller.isReload ? undefined : hopelessness(feed, clock.monotonic() - began);
    if (hopeless !== undefined) {
      log.warning(`starting server before all Kubernetes objects were seen: ${hopeless}`);
      resolve();
      return;
    }
    log.info('waiting for the Kubernetes objects before starting server');
  });
  const limit = clock.after(timeout, () => {
    log.warning('starting server before all Kubernetes objects were seen');
    resolve();
  });
  const end = (): void => {
    notices.cancel();
    limit.cancel();
  };
  synced.then(resolve, reject);
  return promise.finally(end);
}

/**
 * Why there is no use in waiting; undefined while there is hope.
 * @param waited milliseconds
 */
function hopelessness({ source }: ClusterFeed, waited: number): string | undefined {
  if (source.unreachable) return 'the API server is down';
  return waited >= LONGEST_SILENCE && source.silent ? 'nothing is heard of the API server' : undefined;
}

/** CoreDNS loses its own addresses where `bind` names some (a fault of its own); here these are the ones. */
function localAddresses(controller: Controller, machine: Machine): readonly Uint8Array[] {
  const bound = controller.ask(ListenAddresses);
  if (bound === undefined || bound.some(isWildcard)) return machine.localAddresses();
  return withoutLoopback(bound);
}
