import { ObjectError } from '../manifests/manifest-object.ts';
import { isMap } from '../manifests/read-value.ts';
import type { ValueMap } from '../manifests/read-value.ts';
import { unixTime } from './endpoint-slice-input.ts';
import { readMetadata } from './json/object-metadata.ts';
import { shown, titleOf } from './object-metadata.ts';
import type { ObjectMetadata, WantedMetadata } from './object-metadata.ts';
import { FieldReader } from './protobuf/field-reader.ts';
import { ObjectMetadataReader } from './protobuf/object-metadata.ts';
import { MalformedObjectError } from './watched-object.ts';
import type { ObjectDecoder, WatchedObject } from './watched-object.ts';

/** How one kind of object is read, its metadata apart. */
export interface ObjectKind<Input> {
  /** Kubernetes' name of it. */
  readonly kind: string;
  readonly namespaced: boolean;
  readonly metadata: WantedMetadata;
  /** Undefined for kinds that API servers only have in JSON. */
  readonly fromProtobuf: ((reader: FieldReader, end: number, metadata: ObjectMetadata) => Input) | undefined;
  readonly fromJson: (object: ValueMap, metadata: ObjectMetadata) => Input;
}

/** Reads the objects of one kind; what is wrong with one is told with its name. */
export class KindDecoder<Input> implements ObjectDecoder<Input> {
  readonly kind: string;
  readonly #kind: ObjectKind<Input>;
  readonly #reader = new FieldReader();
  readonly #metadataReader: ObjectMetadataReader;

  constructor(kind: ObjectKind<Input>) {
    this.kind = kind.kind;
    this.#kind = kind;
    this.#metadataReader = new ObjectMetadataReader(kind.metadata);
  }

  fromProtobuf(bytes: Uint8Array, start: number, end: number): WatchedObject<Input> {
    let metadata: ObjectMetadata | undefined;
    try {
      const { fromProtobuf } = this.#kind;
      if (fromProtobuf === undefined) throw new MalformedObjectError('this kind is read from JSON only');
      const reader = this.#reader;
      reader.open(bytes, start, end);
      metadata = this.#metadataReader.find(reader, end);
      this.#check(metadata);
      reader.rewind(start);
      return this.#watched(metadata, fromProtobuf(reader, end, metadata));
    } catch (error) {
      throw this.#named(error, metadata);
    }
  }

  fromJson(object: unknown): WatchedObject<Input> {
    let metadata: ObjectMetadata | undefined;
    try {
      if (!isMap(object)) throw new MalformedObjectError('no map');
      metadata = readMetadata(object, this.#kind.metadata);
      this.#check(metadata);
      return this.#watched(metadata, this.#kind.fromJson(object, metadata));
    } catch (error) {
      throw this.#named(error, metadata);
    }
  }

  #watched(metadata: ObjectMetadata, input: Input): WatchedObject<Input> {
    const { namespace, name, resourceVersion, deleting, annotations } = metadata;
    const time = this.#kind.metadata.isTimed === true ? annotations[0] : undefined;
    const triggered = time === undefined || time === '' ? undefined : unixTime(time);
    return { namespace, name, resourceVersion, deleting, input, triggered };
  }

  #check(metadata: ObjectMetadata | undefined): asserts metadata is ObjectMetadata {
    if (metadata === undefined || metadata.name === '') {
      throw new MalformedObjectError('without metadata.name');
    }
    if (this.#kind.namespaced && metadata.namespace === '') {
      throw new MalformedObjectError('without metadata.namespace');
    }
  }

  #named(error: unknown, metadata: ObjectMetadata | undefined): unknown {
    // The manifests' readers of JSON values have their own error.
    if (!(error instanceof MalformedObjectError) && !(error instanceof ObjectError)) return error;
    return new MalformedObjectError(`${titleOf(this.kind, metadata)}: ${shown(error.message)}`);
  }
}
