import type { ObjectMetadata, WantedMetadata } from '../object-metadata.ts';
import type { FieldReader } from './field-reader.ts';

/** Reads metav1.ObjectMeta; managedFields, often half of an object, are skipped with all else. */
export class ObjectMetadataReader {
  readonly #labels: readonly Buffer[];
  readonly #annotations: readonly Buffer[];
  readonly #uid: boolean;

  constructor(wanted: WantedMetadata) {
    this.#labels = wanted.labels.map((key) => Buffer.from(key));
    this.#annotations = wanted.annotations.map((key) => Buffer.from(key));
    this.#uid = wanted.uid === true;
  }

  /** Finds the metadata in an object (field 1 of all of them) that `reader` has opened, and reads it. */
  find(reader: FieldReader, end: number): ObjectMetadata | undefined {
    while (reader.next(end)) if (reader.field === 1) return this.#read(reader);
    return undefined;
  }

  #read(reader: FieldReader): ObjectMetadata {
    const end = reader.enter();
    let namespace = '';
    let name = '';
    let uid = '';
    let resourceVersion = '';
    let deleting = false;
    let labels = NONE;
    let annotations = NONE;
    while (reader.next(end)) {
      if (reader.field === 1) name = reader.text();
      else if (reader.field === 3) namespace = reader.sharedText();
      else if (reader.field === 5 && this.#uid) uid = reader.text();
      else if (reader.field === 6) resourceVersion = reader.text();
      else if (reader.field === 9) deleting = true;
      else if (reader.field === 11) labels = readEntry(reader, this.#labels, labels);
      else if (reader.field === 12) annotations = readEntry(reader, this.#annotations, annotations);
    }
    return {
      namespace,
      name,
      uid,
      resourceVersion,
      deleting,
      labels: labels === NONE ? this.#labels.map(() => '') : labels,
      annotations: annotations === NONE ? this.#annotations.map(() => '') : annotations,
    };
  }
}

const NONE: string[] = [];

/** An entry of a map: 1 key, 2 value. */
function readEntry(reader: FieldReader, keys: readonly Buffer[], held: string[]): string[] {
  if (keys.length === 0) return held;
  const end = reader.enter();
  let wanted = -1;
  let value = '';
  while (reader.next(end)) {
    if (reader.field === 1) wanted = indexOf(reader, keys);
    else if (reader.field === 2 && wanted >= 0) value = reader.text();
  }
  if (wanted < 0) return held;
  const values = held === NONE ? keys.map(() => '') : held;
  values[wanted] = value;
  return values;
}

function indexOf(reader: FieldReader, keys: readonly Buffer[]): number {
  for (let index = 0; index < keys.length; index++) if (reader.is(keys[index]!)) return index;
  return -1;
}
