import type { Dependencies } from '../../src/truth/dependencies.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { nameToWire } from '../../src/wire/name.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { isExposed } from './backend.ts';
import type { Backend } from './backend.ts';
import { endpointName } from './endpoint-name.ts';
import { ServedZone } from './served-zone.ts';

/**
 * The PTR records of an address: the oldest Service that has it as a cluster IP, or else every ready endpoint.
 * @param owner the reverse name, in the client's letter case
 */
export function pointerRecords(
  backend: Backend,
  address: Uint8Array,
  owner: string,
  dependencies: Dependencies,
): ResourceRecord[] {
  const { cluster, cells } = backend;
  dependencies.read(cells, cluster.addressCell(address));
  for (const service of cluster.servicesAt(address)) {
    if (!isAnsweredFor(backend, service.namespace, dependencies)) continue;
    const target = `${service.name}.${service.namespace}.svc`;
    return [pointer(backend, owner, target)];
  }
  return backend.options.endpoints ? endpointPointers(backend, address, owner, dependencies) : [];
}

function endpointPointers(
  backend: Backend,
  address: Uint8Array,
  owner: string,
  dependencies: Dependencies,
): ResourceRecord[] {
  const { cluster, options } = backend;
  const targets = new Set<string>();
  for (const endpoint of cluster.endpointsAt(address)) {
    const { serviceKey } = cluster.sliceOf(endpoint);
    const namespace = serviceKey.slice(serviceKey.indexOf('.') + 1);
    if (serviceKey === '' || !isAnsweredFor(backend, namespace, dependencies)) continue;
    targets.add(`${endpointName(cluster, endpoint, options.endpointPodNames)}.${serviceKey}.svc`);
  }
  return Array.from(targets, (target) => pointer(backend, owner, target));
}

/** As in CoreDNS, whether the namespace exists matters only where the directive names some. */
function isAnsweredFor(backend: Backend, namespace: string, dependencies: Dependencies): boolean {
  return backend.options.namespaces === undefined || isExposed(backend, namespace, dependencies);
}

function pointer(backend: Backend, owner: string, target: string): ResourceRecord {
  const { ttl, primaryZone } = backend.options;
  const data = nameToWire(ServedZone.below(target, primaryZone));
  return { name: owner, type: RecordType.PTR, class: RecordClass.IN, ttl, data };
}
