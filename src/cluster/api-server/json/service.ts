import type { PortInput, ServiceInput } from '../../cluster-writer.ts';
import { ObjectError } from '../../manifests/manifest-object.ts';
import { nodePortsOf } from '../../announcement-annotations.ts';
import { mapAt, mapsAt, portAt, textAt, textsAt } from '../../manifests/read-value.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import type { ObjectMetadata } from '../object-metadata.ts';
import { nodePortsWanted, serviceInput } from '../service-input.ts';

/** Reads a parsed core/v1 Service. @throws {ObjectError | MalformedObjectError} */
export function readService(object: ValueMap, metadata: ObjectMetadata): ServiceInput {
  const spec = mapAt(object, 'spec');
  const ingress = mapsAt(mapAt(mapAt(object, 'status'), 'loadBalancer'), 'ingress');
  return serviceInput(metadata, {
    type: textAt(spec, 'type'),
    clusterIP: textAt(spec, 'clusterIP'),
    clusterIPs: textsAt(spec, 'clusterIPs'),
    externalName: textAt(spec, 'externalName'),
    ports: mapsAt(spec, 'ports').map(readPort),
    externalIPs: textsAt(spec, 'externalIPs'),
    ingress: ingress.map((entry) => textAt(entry, 'ip') || textAt(entry, 'hostname')),
    nodePorts: nodePortsWanted(metadata) && nodePortsOf(spec),
    externalTrafficPolicy: textAt(spec, 'externalTrafficPolicy'),
  });
}

/** A port of a Service or an EndpointSlice. @throws {ObjectError} */
export function readPort(port: ValueMap): PortInput {
  if (typeof port['port'] === 'object' && port['port'] !== null)
    throw new ObjectError('port is not a number');
  return { name: textAt(port, 'name'), protocol: textAt(port, 'protocol'), number: portAt(port, 'port') };
}
