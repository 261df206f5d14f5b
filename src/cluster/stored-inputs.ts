import { addressText } from '../wire/address.ts';
import type { ClusterTables } from './cluster-inventory.ts';
import type {
  ClusterWriter,
  EndpointInput,
  EndpointSliceInput,
  PodInput,
  ServiceInput,
} from './cluster-writer.ts';
import { Field } from './endpoint-rows.ts';
import type { StoredService } from './stored-service.ts';
import type { StoredSlice } from './stored-slice.ts';

/** An object of a store, as a source would put it there. */
export type StoredInput =
  | { readonly kind: 'namespace'; readonly input: { readonly name: string } }
  | { readonly kind: 'service'; readonly input: ServiceInput }
  | { readonly kind: 'endpointslice'; readonly input: EndpointSliceInput }
  | { readonly kind: 'pod'; readonly input: PodInput };

/**
 * Everything that the tables hold, in a form that makes a store with the same answers. What DNS never asked for (the
 * letter case of names, endpoints that were not ready) is gone. Tables may change between two objects.
 */
export function* storedInputs(tables: ClusterTables): Generator<StoredInput> {
  for (const key of tables.namespaces.keys()) yield { kind: 'namespace', input: { name: key.slice(1) } };
  for (const service of tables.services.all()) {
    yield { kind: 'service', input: serviceInput(service, tables) };
  }
  for (const [key, slice] of tables.slices.all()) {
    yield { kind: 'endpointslice', input: sliceInput(key, slice, tables) };
  }
  for (const pod of tables.pods.all()) yield { kind: 'pod', input: pod };
}

/** Puts one of them into another store. */
export function putInput(writer: ClusterWriter, object: StoredInput): void {
  if (object.kind === 'namespace') writer.putNamespace(object.input.name);
  else if (object.kind === 'service') writer.putService(object.input);
  else if (object.kind === 'endpointslice') writer.putEndpointSlice(object.input);
  else writer.putPod(object.input);
}

function serviceInput(service: StoredService, { announced }: ClusterTables): ServiceInput {
  const announcement = announced.inputOf(service);
  const { namespace, name, kind, clusterAddresses, externalName, ports, externalAddresses } = service;
  return {
    namespace,
    name,
    // A Service with a cluster IP of which none is an address is none of a headless one.
    type: kind === 'external' ? 'ExternalName' : kind === 'headless' ? 'ClusterIP' : 'NodePort',
    clusterIPs: kind === 'headless' ? ['None'] : clusterAddresses.map(addressText),
    externalName,
    ports,
    externalAddresses,
    ...(announcement && { announcement }),
  };
}

function sliceInput(key: string, slice: StoredSlice, tables: ClusterTables): EndpointSliceInput {
  const slash = key.indexOf('/');
  const namespace = key.slice(0, slash);
  const service = slice.serviceKey.slice(0, Math.max(0, slice.serviceKey.length - namespace.length - 1));
  const endpoints: EndpointInput[] = [];
  for (let row = slice.first; row < slice.first + slice.count; row++) endpoints.push(endpointAt(row, tables));
  const { cluster, ports } = slice;
  return { namespace, name: key.slice(slash + 1), service, cluster, ports, endpoints };
}

function endpointAt(row: number, { endpoints }: ClusterTables): EndpointInput {
  return {
    addresses: [endpoints.addressText(row)],
    ready: true,
    hostname: endpoints.string(row, Field.hostname),
    targetName: endpoints.string(row, Field.targetName),
    node: endpoints.string(row, Field.node),
    zone: endpoints.string(row, Field.zone),
  };
}
