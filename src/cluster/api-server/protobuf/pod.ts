import type { PodInput } from '../../cluster-writer.ts';
import type { ObjectMetadata } from '../object-metadata.ts';
import type { FieldReader } from './field-reader.ts';

/** Reads a core/v1 Pod that `reader` has opened. */
export function readPod(reader: FieldReader, end: number, metadata: ObjectMetadata): PodInput {
  let address = '';
  while (reader.next(end)) if (reader.field === 3) address = readAddress(reader);
  return { namespace: metadata.namespace, name: metadata.name, address };
}

/** core/v1 PodStatus: 6 podIP. */
function readAddress(reader: FieldReader): string {
  const end = reader.enter();
  let address = '';
  while (reader.next(end)) if (reader.field === 6) address = reader.text();
  return address;
}
