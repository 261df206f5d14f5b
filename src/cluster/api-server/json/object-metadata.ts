import { mapAt, textAt } from '../../manifests/read-value.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import type { ObjectMetadata, WantedMetadata } from '../object-metadata.ts';

/** Reads the metadata of a parsed object. @throws {ObjectError} */
export function readMetadata(object: ValueMap, wanted: WantedMetadata): ObjectMetadata {
  const metadata = mapAt(object, 'metadata');
  const labels = mapAt(metadata, 'labels');
  const annotations = mapAt(metadata, 'annotations');
  return {
    namespace: textAt(metadata, 'namespace'),
    name: textAt(metadata, 'name'),
    uid: wanted.uid === true ? textAt(metadata, 'uid') : '',
    resourceVersion: textAt(metadata, 'resourceVersion'),
    deleting: textAt(metadata, 'deletionTimestamp') !== '',
    labels: wanted.labels.map((key) => textAt(labels, key)),
    annotations: wanted.annotations.map((key) => textAt(annotations, key)),
  };
}
