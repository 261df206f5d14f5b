import type { ServiceInput } from '../../cluster-writer.ts';
import { mapAt, mapsAt, textAt, textsAt } from '../../manifests/read-value.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import type { ObjectMetadata } from '../object-metadata.ts';
import { servicePort } from '../service-input.ts';
import { MalformedObjectError } from '../watched-object.ts';
import { readPort } from './service.ts';

/**
 * Reads a parsed multicluster.x-k8s.io/v1alpha1 ServiceImport as the Service that it stands for.
 * @throws {ObjectError | MalformedObjectError}
 */
export function readServiceImport(object: ValueMap, metadata: ObjectMetadata): ServiceInput {
  const spec = mapAt(object, 'spec');
  const type = textAt(spec, 'type');
  if (type !== 'ClusterSetIP' && type !== 'Headless') {
    throw new MalformedObjectError(`spec.type '${type}' is neither ClusterSetIP nor Headless`);
  }
  const ips = textsAt(spec, 'ips').filter((address) => address !== '');
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    // A ClusterIP without addresses would be headless; this one only waits for its address.
    type: type === 'ClusterSetIP' && ips.length === 0 ? 'ClusterSetIP' : 'ClusterIP',
    clusterIPs: type === 'Headless' ? ['None'] : ips,
    externalName: '',
    ports: mapsAt(spec, 'ports').map(readPort).map(servicePort),
    externalAddresses: [],
  };
}
