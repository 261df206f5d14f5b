import type { ServiceInput } from '../../cluster-writer.ts';
import { serviceImport } from '../../manifests/read-service-import.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import type { ObjectMetadata } from '../object-metadata.ts';

/** Reads a parsed multicluster.x-k8s.io/v1alpha1 ServiceImport as the Service that it stands for. @throws {ObjectError} */
export function readServiceImport(object: ValueMap, { namespace, name }: ObjectMetadata): ServiceInput {
  return serviceImport(object, namespace, name);
}
