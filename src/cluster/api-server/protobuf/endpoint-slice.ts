import type { EndpointInput, EndpointSliceInput, PortInput } from '../../cluster-writer.ts';
import { endpointSliceInput } from '../endpoint-slice-input.ts';
import type { ObjectMetadata } from '../object-metadata.ts';
import type { FieldReader } from './field-reader.ts';
import { readPort } from './service.ts';

const FQDN = Buffer.from('FQDN');
const NONE: readonly never[] = [];

/** The one node whose name is wanted, in text and in bytes. */
export interface OnlyNode {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * Reads a discovery/v1 EndpointSlice that `reader` has opened.
 * @param podNames whether targetRef.name and nodeName are wanted, or nodeName where it is that node
 */
export function readEndpointSlice(
  reader: FieldReader,
  end: number,
  metadata: ObjectMetadata,
  podNames: true | OnlyNode,
): EndpointSliceInput {
  const endpoints: EndpointInput[] = [];
  const ports: PortInput[] = [];
  let names = false;
  while (reader.next(end)) {
    if (reader.field === 2) readEndpoint(reader, endpoints, podNames);
    else if (reader.field === 3) ports.push(readPort(reader));
    else if (reader.field === 4) names = reader.is(FQDN);
  }
  return endpointSliceInput(metadata, ports, names ? [] : endpoints);
}

/** Adds a discovery/v1 Endpoint, unless it is not ready. */
function readEndpoint(reader: FieldReader, endpoints: EndpointInput[], podNames: true | OnlyNode): void {
  const end = reader.enter();
  // Exactly one, nearly always: an array that things are pushed to is made for seventeen.
  let addresses: string[] | undefined;
  let hostname = '';
  let targetName = '';
  let node = '';
  let zone = '';
  while (reader.next(end)) {
    switch (reader.field) {
      case 1:
        if (addresses === undefined) addresses = [reader.text()];
        else addresses.push(reader.text());
        break;
      case 2:
        if (!isReady(reader)) return reader.leave(end);
        break;
      case 3:
        hostname = reader.text();
        break;
      case 4:
        if (podNames === true) targetName = readTargetName(reader);
        break;
      case 6:
        if (podNames === true) node = reader.sharedText();
        else if (reader.is(podNames.bytes)) node = podNames.name;
        break;
      case 7:
        zone = reader.sharedText();
        break;
      default:
    }
  }
  endpoints.push({ addresses: addresses ?? NONE, ready: true, hostname, targetName, node, zone });
}

/** EndpointConditions: ready unless it says otherwise. */
function isReady(reader: FieldReader): boolean {
  const end = reader.enter();
  let ready = true;
  while (reader.next(end)) if (reader.field === 1) ready = reader.truth();
  return ready;
}

/** core/v1 ObjectReference. */
function readTargetName(reader: FieldReader): string {
  const end = reader.enter();
  let name = '';
  while (reader.next(end)) if (reader.field === 3) name = reader.text();
  return name;
}
