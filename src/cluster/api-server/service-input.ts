import { announcementInput } from '../announcement-annotations.ts';
import type { PortInput, ServiceInput } from '../cluster-writer.ts';
import type { ObjectMetadata } from './object-metadata.ts';
import { MalformedObjectError } from './watched-object.ts';

/** What was read of a Service, by the names of its fields. */
export interface ServiceParts {
  type: string;
  clusterIP: string;
  clusterIPs: string[];
  externalName: string;
  ports: PortInput[];
  externalIPs: string[];
  /** Address, else hostname, of each ingress of status.loadBalancer. */
  ingress: string[];
  /** Of each port, where the Service is to be announced; undefined: it is not. */
  nodePorts: number[] | undefined;
  externalTrafficPolicy: string;
}

/** The Service that these parts make; the same as the manifests' reader makes of them. */
export function serviceInput(metadata: ObjectMetadata, parts: ServiceParts): ServiceInput {
  const type = parts.type || 'ClusterIP';
  const external = type === 'ExternalName';
  if (external && parts.externalName === '') {
    throw new MalformedObjectError('ExternalName without spec.externalName');
  }
  const listed = parts.clusterIPs.filter(isText);
  const single = parts.clusterIP === '' ? [] : [parts.clusterIP];
  const input: ServiceInput = {
    namespace: metadata.namespace,
    name: metadata.name,
    type,
    clusterIPs: external ? [] : listed.length > 0 ? listed : single,
    externalName: external ? parts.externalName : '',
    ports: parts.ports.map(servicePort),
    externalAddresses: [...parts.externalIPs, ...parts.ingress.filter(isText)],
  };
  const { nodePorts, externalTrafficPolicy } = parts;
  if (nodePorts === undefined) return input;
  const announcement = announcementInput(metadata.annotations, nodePorts, externalTrafficPolicy);
  return { ...input, announcement };
}

/** Where the node ports of a Service go; undefined when nobody asks for them. */
export function nodePortsWanted({ annotations }: ObjectMetadata): number[] | undefined {
  const type = annotations[0];
  return type === undefined || type === '' ? undefined : [];
}

/** A port of a Service has a number and a protocol; those of EndpointSlices may lack both. */
export function servicePort(port: PortInput): PortInput {
  if (port.number < 0) throw new MalformedObjectError('a port without number');
  return port.protocol === '' ? { ...port, protocol: 'TCP' } : port;
}

/** @throws {MalformedObjectError} unless it is a port number */
export function portNumber(number: number): number {
  if (number >= 0 && number <= 65_535) return number;
  throw new MalformedObjectError(`port ${number} is not a port number (0 to 65535)`);
}

function isText(text: string): boolean {
  return text !== '';
}
