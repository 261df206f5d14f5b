import type { EndpointInput, EndpointSliceInput } from '../cluster-writer.ts';

/**
 * An EndpointSlice as text of some forty bytes an endpoint: the worker keeps all slices so, and sends them so. Only
 * its ready endpoints are kept. `sliceFromText` reads it.
 */
export function sliceText(slice: EndpointSliceInput): string {
  const ports = slice.ports.map(({ name, protocol, number }) => [name, protocol, number]);
  const endpoints: string[][] = [];
  for (const endpoint of slice.endpoints) {
    if (!endpoint.ready) continue;
    const { addresses, hostname, targetName, node, zone } = endpoint;
    const fields = [addresses.join(' '), hostname, targetName, node, zone];
    while (fields.length > 1 && fields.at(-1) === '') fields.pop();
    endpoints.push(fields);
  }
  const fields: unknown[] = [slice.namespace, slice.name, slice.service, ports, endpoints];
  if (slice.cluster !== undefined) fields.push(slice.cluster);
  return JSON.stringify(fields);
}

/** The slice that `sliceText` wrote. */
export function sliceFromText(text: string): EndpointSliceInput {
  const [namespace, name, service, ports, endpoints, cluster] = JSON.parse(text) as SliceFields;
  const slice = {
    namespace,
    name,
    service,
    ports: ports.map(([portName, protocol, number]) => ({ name: portName, protocol, number })),
    endpoints: endpoints.map(endpointOf),
  };
  return cluster === undefined ? slice : { ...slice, cluster };
}

type SliceFields = [
  namespace: string,
  name: string,
  service: string,
  ports: [name: string, protocol: string, number: number][],
  endpoints: string[][],
  cluster?: string,
];

function endpointOf(fields: readonly string[]): EndpointInput {
  const [addresses, hostname = '', targetName = '', node = '', zone = ''] = fields;
  return { addresses: addresses!.split(' '), ready: true, hostname, targetName, node, zone };
}
