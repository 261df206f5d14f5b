import type { PodInput } from '../../cluster-writer.ts';
import { mapAt, textAt } from '../../manifests/read-value.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import type { ObjectMetadata } from '../object-metadata.ts';

/** Reads a parsed core/v1 Pod. @throws {ObjectError} */
export function readPod(object: ValueMap, metadata: ObjectMetadata): PodInput {
  const address = textAt(mapAt(object, 'status'), 'podIP');
  return { namespace: metadata.namespace, name: metadata.name, address };
}
