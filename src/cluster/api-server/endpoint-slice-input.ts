import type { EndpointInput, EndpointSliceInput, PortInput } from '../cluster-writer.ts';
import type { ObjectMetadata } from './object-metadata.ts';

/** @param metadata its labels are the Service's name and, of slices of other clusters, the cluster's */
export function endpointSliceInput(
  metadata: ObjectMetadata,
  ports: readonly PortInput[],
  endpoints: readonly EndpointInput[],
): EndpointSliceInput {
  const { namespace, name, labels } = metadata;
  const [service = '', cluster] = labels;
  const slice = { namespace, name, service, ports, endpoints };
  return cluster === undefined ? slice : { ...slice, cluster };
}

/**
 * Unix time in milliseconds, with fractions, of an RFC 3339 time such as `2026-11-21T12:43:15.123456789Z`; undefined
 * for what is none.
 */
export function unixTime(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const seconds = Date.parse(`${match[1]!.toUpperCase()}${match[3]!.toUpperCase()}`);
  return Number.isNaN(seconds) ? undefined : seconds + Number(match[2] ?? 0) * 1000;
}
