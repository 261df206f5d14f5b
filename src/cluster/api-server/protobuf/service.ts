import type { PortInput, ServiceInput } from '../../cluster-writer.ts';
import type { ObjectMetadata } from '../object-metadata.ts';
import { nodePortsWanted, portNumber, serviceInput } from '../service-input.ts';
import type { ServiceParts } from '../service-input.ts';
import type { FieldReader } from './field-reader.ts';

/** Reads a core/v1 Service that `reader` has opened. */
export function readService(reader: FieldReader, end: number, metadata: ObjectMetadata): ServiceInput {
  const parts: ServiceParts = {
    type: '',
    clusterIP: '',
    clusterIPs: [],
    externalName: '',
    ports: [],
    externalIPs: [],
    ingress: [],
    nodePorts: nodePortsWanted(metadata),
    externalTrafficPolicy: '',
  };
  while (reader.next(end)) {
    if (reader.field === 2) readSpec(reader, parts);
    else if (reader.field === 3) readStatus(reader, parts);
  }
  return serviceInput(metadata, parts);
}

/** core/v1 ServiceSpec. */
function readSpec(reader: FieldReader, parts: ServiceParts): void {
  const end = reader.enter();
  while (reader.next(end)) {
    if (reader.field === 1) parts.ports.push(readPort(reader, parts.nodePorts));
    else if (reader.field === 3) parts.clusterIP = reader.text();
    else if (reader.field === 4) parts.type = reader.sharedText();
    else if (reader.field === 5) parts.externalIPs.push(reader.text());
    else if (reader.field === 10) parts.externalName = reader.text();
    else if (reader.field === 11 && parts.nodePorts !== undefined) {
      parts.externalTrafficPolicy = reader.sharedText();
    } else if (reader.field === 18) parts.clusterIPs.push(reader.text());
  }
}

/**
 * core/v1 ServicePort and discovery/v1 EndpointPort: what is read of them stands in the same fields.
 * @param nodePorts takes the one of this port, or 0
 */
export function readPort(reader: FieldReader, nodePorts?: number[]): PortInput {
  const end = reader.enter();
  let name = '';
  let protocol = '';
  let number = -1;
  let nodePort = 0;
  while (reader.next(end)) {
    if (reader.field === 1) name = reader.sharedText();
    else if (reader.field === 2) protocol = reader.sharedText();
    else if (reader.field === 3) number = portNumber(reader.integer());
    else if (reader.field === 5 && nodePorts !== undefined) nodePort = portNumber(reader.integer());
  }
  nodePorts?.push(nodePort);
  return { name, protocol, number };
}

/** core/v1 ServiceStatus: 1 loadBalancer. */
function readStatus(reader: FieldReader, parts: ServiceParts): void {
  const end = reader.enter();
  while (reader.next(end)) if (reader.field === 1) readLoadBalancer(reader, parts);
}

/** core/v1 LoadBalancerStatus: 1 ingress {1 ip, 2 hostname}. */
function readLoadBalancer(reader: FieldReader, parts: ServiceParts): void {
  const end = reader.enter();
  while (reader.next(end)) if (reader.field === 1) parts.ingress.push(readIngress(reader));
}

function readIngress(reader: FieldReader): string {
  const end = reader.enter();
  let ip = '';
  let hostname = '';
  while (reader.next(end)) {
    if (reader.field === 1) ip = reader.text();
    else if (reader.field === 2) hostname = reader.text();
  }
  return ip || hostname;
}
