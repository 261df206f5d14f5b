import { shown } from '../object-metadata.ts';
import { MalformedObjectError } from '../watched-object.ts';
import type { ListMetadata, ListReader, ObjectDecoder, ObjectListener } from '../watched-object.ts';
import { hasMagic, MAGIC, readKind } from './envelope.ts';
import { FieldHeader } from './field-header.ts';
import { FieldReader } from './field-reader.ts';
import { Units } from './units.ts';
import type { UnitListener } from './units.ts';

/**
 * Reads a list, object after object as they arrive: magic, then runtime.Unknown {1 typeMeta, 2 raw}, of which raw is
 * the list itself: 1 ListMeta, 2 an object, 2 an object, and so on.
 */
export class ProtobufListReader<Input> implements ListReader, UnitListener {
  readonly #decoder: ObjectDecoder<Input>;
  readonly #listener: Pick<ObjectListener<Input>, 'put' | 'malformed'>;
  readonly #units = new Units(this);
  readonly #header = new FieldHeader();
  readonly #reader = new FieldReader();
  #place: 'before magic' | 'in envelope' | 'in list' = 'before magic';
  /** Bytes of the list that are still to come. */
  #remaining = 0;
  #metadata: ListMetadata | undefined;

  constructor(decoder: ObjectDecoder<Input>, listener: Pick<ObjectListener<Input>, 'put' | 'malformed'>) {
    this.#decoder = decoder;
    this.#listener = listener;
  }

  read(bytes: Uint8Array): void {
    this.#units.read(bytes);
  }

  end(): ListMetadata {
    if (this.#place !== 'in envelope' || this.#units.incomplete || this.#metadata === undefined) {
      throw new MalformedObjectError(`the list of ${this.#decoder.kind} ends early`);
    }
    return this.#metadata;
  }

  measure(bytes: Uint8Array, start: number, end: number): number {
    if (this.#place === 'before magic') return MAGIC.length;
    const header = this.#header;
    if (!header.read(bytes, start, end)) return 0;
    // Of the list only its header is a unit: what is in it follows.
    if (this.#place === 'in envelope' && header.field === LIST) {
      if (!header.delimited) throw new MalformedObjectError('a number where a list should be');
      return header.headerLength;
    }
    const length = header.headerLength + header.valueLength;
    if (this.#place === 'in list' && length > this.#remaining) {
      throw new MalformedObjectError(`an object goes beyond the list of ${this.#decoder.kind}`);
    }
    return length;
  }

  take(bytes: Uint8Array, start: number, end: number): void {
    if (this.#place === 'before magic') {
      if (!hasMagic(bytes, start, end)) throw new MalformedObjectError('no Kubernetes protobuf');
      this.#place = 'in envelope';
    } else if (this.#place === 'in envelope') this.#takeOfEnvelope(bytes, start, end);
    else {
      this.#remaining -= end - start;
      if (this.#remaining === 0) this.#place = 'in envelope';
      this.#takeOfList(bytes, start, end);
    }
  }

  #takeOfEnvelope(bytes: Uint8Array, start: number, end: number): void {
    this.#header.read(bytes, start, end);
    if (this.#header.field === LIST) {
      this.#remaining = this.#header.valueLength;
      if (this.#remaining > 0) this.#place = 'in list';
      return;
    }
    const reader = this.#reader;
    reader.open(bytes, start, end);
    reader.next(end);
    if (reader.field !== 1) return;
    const kind = readKind(reader);
    if (kind === `${this.#decoder.kind}List`) return;
    throw new MalformedObjectError(`a '${shown(kind)}', not a list of ${this.#decoder.kind}`);
  }

  #takeOfList(bytes: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    reader.open(bytes, start, end);
    reader.next(end);
    if (reader.field === 1) this.#metadata = readListMetadata(reader);
    else if (reader.field === 2) this.#tell(bytes, reader.valueStart, reader.valueEnd);
  }

  #tell(bytes: Uint8Array, start: number, end: number): void {
    try {
      this.#listener.put(this.#decoder.fromProtobuf(bytes, start, end));
    } catch (error) {
      // The listener throws none of these.
      if (!(error instanceof MalformedObjectError)) throw error;
      this.#listener.malformed(error);
    }
  }
}

const LIST = 2;

/** metav1.ListMeta: 2 resourceVersion, 3 continue. */
function readListMetadata(reader: FieldReader): ListMetadata {
  const end = reader.enter();
  let resourceVersion = '';
  let continueToken = '';
  while (reader.next(end)) {
    if (reader.field === 2) resourceVersion = reader.text();
    else if (reader.field === 3) continueToken = reader.text();
  }
  return { resourceVersion, continueToken };
}
