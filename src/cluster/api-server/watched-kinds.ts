import type { ObjectKind } from '../cluster-inventory.ts';
import type { ClusterStore } from '../cluster-store.ts';
import type { EndpointSliceInput, PodInput, ServiceInput } from '../cluster-writer.ts';
import {
  endpointSliceDecoder,
  multiclusterEndpointSliceDecoder,
  namespaceDecoder,
  podDecoder,
  podlessEndpointSliceDecoder,
  serviceDecoder,
  serviceImportDecoder,
} from './decoders.ts';
import type { ObjectSink } from './object-sink.ts';
import type { WatchedResource } from './resource-paths.ts';
import type { ObjectDecoder } from './watched-object.ts';

/** Which objects are watched. */
export interface WatchedKindOptions {
  /** Label selectors, '' for all: of Services, EndpointSlices and Pods, and of Namespaces. */
  readonly labels: string;
  readonly namespaceLabels: string;
  /** Whether EndpointSlices are wanted, and Pods for themselves. */
  readonly endpoints: boolean;
  readonly pods: boolean;
  /** The only namespace whose Pods are wanted; '' wants all. */
  readonly podNamespace: string;
  /** Whether the names of the endpoints' pods and nodes are wanted. */
  readonly podNames: boolean;
  /** The node that this process is on: whether an endpoint is there is known in any case. */
  readonly node: string;
}

/** One kind of objects: where they are, how they are read, where they go. */
export interface WatchedKind<Input> {
  readonly resource: WatchedResource;
  /** What they are in the store. */
  readonly objects: ObjectKind;
  readonly decoder: ObjectDecoder<Input>;
  readonly sink: ObjectSink<Input>;
}

/** Pods that have ended keep their address in status.podIP, which by then is somebody else's. */
const LIVING_PODS = 'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown';

/** The namespace whose UID is that of its cluster. */
const CLUSTER_NAMESPACE = 'kube-system';

/**
 * The kinds that a cluster's own zone is made of.
 * @param identified told of the cluster's UID whenever it is seen; never where its namespace is not selected
 */
export function watchedKinds(
  options: WatchedKindOptions,
  store: ClusterStore,
  identified: (uid: string) => void,
): WatchedKind<unknown>[] {
  const { labels, namespaceLabels } = options;
  const kinds = [
    namespaces(namespaceLabels, store, identified),
    services(labels, store),
  ] as WatchedKind<unknown>[];
  const sliceDecoder = options.podNames ? endpointSliceDecoder : podlessEndpointSliceDecoder(options.node);
  if (options.endpoints) kinds.push(endpointSlices('endpointslices', sliceDecoder, labels, store));
  if (options.pods) kinds.push(pods(labels, options.podNamespace, store));
  return kinds;
}

/** The kinds that the zone of a ClusterSet is made of (KEP-1645). */
export function clusterSetKinds(options: WatchedKindOptions, store: ClusterStore): WatchedKind<unknown>[] {
  const { labels, namespaceLabels } = options;
  const imported = 'multicluster.kubernetes.io/service-name';
  const selector = labels === '' ? imported : `${labels},${imported}`;
  const decoder = multiclusterEndpointSliceDecoder;
  return [
    // That ServiceImports go by the selector for namespaces is so in CoreDNS.
    serviceImports(namespaceLabels, store),
    endpointSlices('multicluster endpointslices', decoder, selector, store),
  ] as WatchedKind<unknown>[];
}

function namespaces(
  labelSelector: string,
  store: ClusterStore,
  identified: (uid: string) => void,
): WatchedKind<string> {
  return {
    objects: 'namespace',
    resource: { name: 'namespaces', path: '/api/v1/namespaces', labelSelector, fieldSelector: '' },
    decoder: namespaceDecoder,
    sink: {
      put: ({ name, input }) => {
        store.putNamespace(name);
        if (name === CLUSTER_NAMESPACE) identified(input);
      },
      remove: (_, name) => store.removeNamespace(name),
      keys: () => store.inventory.keys('namespace'),
    },
  };
}

function services(labelSelector: string, store: ClusterStore): WatchedKind<ServiceInput> {
  return {
    resource: { name: 'services', path: '/api/v1/services', labelSelector, fieldSelector: '' },
    objects: 'service',
    decoder: serviceDecoder,
    sink: serviceSink(store),
  };
}

function serviceImports(labelSelector: string, store: ClusterStore): WatchedKind<ServiceInput> {
  const path = '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports';
  return {
    resource: { name: 'serviceimports.multicluster.x-k8s.io', path, labelSelector, fieldSelector: '' },
    objects: 'service',
    decoder: serviceImportDecoder,
    sink: serviceSink(store),
  };
}

function serviceSink(store: ClusterStore): ObjectSink<ServiceInput> {
  return {
    put: ({ input }) => store.putService(input),
    remove: (namespace, name) => store.removeService(namespace, name),
    keys: () => store.inventory.keys('service'),
  };
}

function endpointSlices(
  name: string,
  decoder: ObjectDecoder<EndpointSliceInput>,
  labelSelector: string,
  store: ClusterStore,
): WatchedKind<EndpointSliceInput> {
  const path = '/apis/discovery.k8s.io/v1/endpointslices';
  return {
    resource: { name, path, labelSelector, fieldSelector: '' },
    objects: 'endpointslice',
    decoder,
    sink: {
      put: ({ input }) => store.putEndpointSlice(input),
      remove: (namespace, name) => store.removeEndpointSlice(namespace, name),
      keys: () => store.inventory.keys('endpointslice'),
    },
  };
}

function pods(labelSelector: string, namespace: string, store: ClusterStore): WatchedKind<PodInput> {
  const fieldSelector = namespace === '' ? LIVING_PODS : `${LIVING_PODS},metadata.namespace=${namespace}`;
  return {
    resource: { name: 'pods', path: '/api/v1/pods', labelSelector, fieldSelector },
    objects: 'pod',
    decoder: podDecoder,
    sink: {
      // A pod that is on its way out keeps what is known of it until it is gone, and is not news.
      put: ({ input, deleting }) => {
        if (!deleting) store.putPod(input);
      },
      remove: (namespace, name) => store.removePod(namespace, name),
      keys: () => store.inventory.keys('pod'),
    },
  };
}
