import type { PortInput, ServiceInput } from '../cluster-writer.ts';
import { ObjectError } from './manifest-object.ts';
import { mapAt, mapsAt, portAt, textAt, textsAt } from './read-value.ts';
import type { ValueMap } from './read-value.ts';

/**
 * Reads a multicluster.x-k8s.io/v1alpha1 ServiceImport (KEP-1645) as the Service that it stands for.
 * @throws {ObjectError}
 */
export function serviceImport(object: ValueMap, namespace: string, name: string): ServiceInput {
  const spec = mapAt(object, 'spec');
  const type = textAt(spec, 'type');
  if (type !== 'ClusterSetIP' && type !== 'Headless') {
    throw new ObjectError(`spec.type '${type}' is neither ClusterSetIP nor Headless`);
  }
  const ips = textsAt(spec, 'ips').filter((address) => address !== '');
  return {
    namespace,
    name,
    // A ClusterIP without addresses would be headless; this one only waits for its address.
    type: type === 'ClusterSetIP' && ips.length === 0 ? 'ClusterSetIP' : 'ClusterIP',
    clusterIPs: type === 'Headless' ? ['None'] : ips,
    externalName: '',
    ports: mapsAt(spec, 'ports').map(portOf),
    externalAddresses: [],
  };
}

function portOf(port: ValueMap): PortInput {
  const number = portAt(port, 'port');
  if (number < 0) throw new ObjectError('a port without number');
  return { name: textAt(port, 'name'), protocol: textAt(port, 'protocol') || 'TCP', number };
}
