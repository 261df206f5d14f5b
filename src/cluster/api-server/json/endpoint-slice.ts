import type { EndpointInput, EndpointSliceInput } from '../../cluster-writer.ts';
import { mapAt, mapsAt, textAt, textsAt } from '../../manifests/read-value.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import { endpointSliceInput } from '../endpoint-slice-input.ts';
import type { ObjectMetadata } from '../object-metadata.ts';
import { readPort } from './service.ts';

/** Reads a parsed discovery/v1 EndpointSlice. @throws {ObjectError} */
export function readEndpointSlice(object: ValueMap, metadata: ObjectMetadata): EndpointSliceInput {
  const ready = mapsAt(object, 'endpoints').filter(
    (endpoint) => mapAt(endpoint, 'conditions')['ready'] !== false,
  );
  const names = textAt(object, 'addressType') === 'FQDN';
  const ports = mapsAt(object, 'ports').map(readPort);
  return endpointSliceInput(metadata, ports, names ? [] : ready.map(readEndpoint));
}

function readEndpoint(endpoint: ValueMap): EndpointInput {
  return {
    addresses: textsAt(endpoint, 'addresses'),
    ready: true,
    hostname: textAt(endpoint, 'hostname'),
    targetName: textAt(mapAt(endpoint, 'targetRef'), 'name'),
    node: textAt(endpoint, 'nodeName'),
    zone: textAt(endpoint, 'zone'),
  };
}
