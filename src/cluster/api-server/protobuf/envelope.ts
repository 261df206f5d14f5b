import { MalformedObjectError } from '../watched-object.ts';
import type { FieldReader } from './field-reader.ts';

/** What every protobuf body of the Kubernetes API begins with: `k8s` and a zero. */
export const MAGIC = Buffer.from('k8s\0', 'latin1');

/** What runtime.Unknown says of the object that it wraps. */
export interface Envelope {
  /** Such as `EndpointSlice`. */
  readonly kind: string;
  /** Where the object is; equal where there is none. */
  readonly start: number;
  readonly end: number;
}

/**
 * Opens an object with its magic and its runtime.Unknown: 1 typeMeta {1 apiVersion, 2 kind}, 2 raw.
 * @throws {MalformedObjectError}
 */
export function openEnvelope(reader: FieldReader, bytes: Uint8Array, start: number, end: number): Envelope {
  if (!hasMagic(bytes, start, end)) throw new MalformedObjectError('no Kubernetes protobuf');
  reader.open(bytes, start + MAGIC.length, end);
  let kind = '';
  let rawStart = start;
  let rawEnd = start;
  while (reader.next(end)) {
    if (reader.field === 1) kind = readKind(reader);
    else if (reader.field === 2) {
      rawStart = reader.valueStart;
      rawEnd = reader.valueEnd;
    }
  }
  return { kind, start: rawStart, end: rawEnd };
}

/** Reads the kind of a TypeMeta. */
export function readKind(reader: FieldReader): string {
  const end = reader.enter();
  let kind = '';
  while (reader.next(end)) if (reader.field === 2) kind = reader.sharedText();
  return kind;
}

export function hasMagic(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < MAGIC.length) return false;
  for (let index = 0; index < MAGIC.length; index++) if (bytes[start + index] !== MAGIC[index]) return false;
  return true;
}
