import { ANNOUNCEMENT_ANNOTATIONS } from '../announcement-annotations.ts';
import type { EndpointSliceInput, PodInput, ServiceInput } from '../cluster-writer.ts';
import { readEndpointSlice as endpointSliceFromJson } from './json/endpoint-slice.ts';
import { readPod as podFromJson } from './json/pod.ts';
import { readServiceImport } from './json/service-import.ts';
import { readService as serviceFromJson } from './json/service.ts';
import { KindDecoder } from './object-decoder.ts';
import { PLAIN_METADATA } from './object-metadata.ts';
import { readEndpointSlice } from './protobuf/endpoint-slice.ts';
import type { OnlyNode } from './protobuf/endpoint-slice.ts';
import { readPod } from './protobuf/pod.ts';
import { readService } from './protobuf/service.ts';
import type { ObjectDecoder } from './watched-object.ts';

/** core/v1 Namespace: its UID, which tells clusters apart where it is that of kube-system. */
export const namespaceDecoder: ObjectDecoder<string> = new KindDecoder({
  kind: 'Namespace',
  namespaced: false,
  metadata: { ...PLAIN_METADATA, uid: true },
  fromProtobuf: (_reader, _end, metadata) => metadata.uid,
  fromJson: (_object, metadata) => metadata.uid,
});

/** core/v1 Service. */
export const serviceDecoder: ObjectDecoder<ServiceInput> = new KindDecoder({
  kind: 'Service',
  namespaced: true,
  metadata: { labels: [], annotations: ANNOUNCEMENT_ANNOTATIONS },
  fromProtobuf: readService,
  fromJson: serviceFromJson,
});

/** core/v1 Pod. Those that have ended are left to the server to filter. */
export const podDecoder: ObjectDecoder<PodInput> = new KindDecoder({
  kind: 'Pod',
  namespaced: true,
  metadata: PLAIN_METADATA,
  fromProtobuf: readPod,
  fromJson: podFromJson,
});

/** discovery/v1 EndpointSlice: its ready endpoints. */
export const endpointSliceDecoder: ObjectDecoder<EndpointSliceInput> = sliceDecoder(
  ['kubernetes.io/service-name'],
  true,
);

/**
 * The same without the names of the endpoints' pods and nodes, for zones that never show them.
 * @param node the one node whose name is kept: this process is on it
 */
export function podlessEndpointSliceDecoder(node: string): ObjectDecoder<EndpointSliceInput> {
  return sliceDecoder(['kubernetes.io/service-name'], { name: node, bytes: Buffer.from(node) });
}

/** discovery/v1 EndpointSlice of a ServiceImport, with the cluster that it came from (KEP-1645). */
export const multiclusterEndpointSliceDecoder: ObjectDecoder<EndpointSliceInput> = sliceDecoder(
  ['multicluster.kubernetes.io/service-name', 'multicluster.kubernetes.io/source-cluster'],
  true,
);

/** multicluster.x-k8s.io/v1alpha1 ServiceImport; API servers only have it in JSON. */
export const serviceImportDecoder: ObjectDecoder<ServiceInput> = new KindDecoder({
  kind: 'ServiceImport',
  namespaced: true,
  metadata: PLAIN_METADATA,
  fromProtobuf: undefined,
  fromJson: readServiceImport,
});

/**
 * @param labels of the Service's name and, where slices come from several clusters, of the cluster's
 * @param podNames whether the names of pods and nodes are read, or of which node alone; from JSON they always are
 */
function sliceDecoder(
  labels: readonly string[],
  podNames: true | OnlyNode,
): ObjectDecoder<EndpointSliceInput> {
  return new KindDecoder({
    kind: 'EndpointSlice',
    namespaced: true,
    metadata: { labels, annotations: ['endpoints.kubernetes.io/last-change-trigger-time'], isTimed: true },
    fromProtobuf: (reader, end, metadata) => readEndpointSlice(reader, end, metadata, podNames),
    fromJson: endpointSliceFromJson,
  });
}
