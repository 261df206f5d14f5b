import { BOOKMARK_METADATA, shown } from '../object-metadata.ts';
import { MalformedObjectError } from '../watched-object.ts';
import type { BodyReader, ObjectDecoder, ObjectListener } from '../watched-object.ts';
import { openEnvelope } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { FieldReader } from './field-reader.ts';
import { ObjectMetadataReader } from './object-metadata.ts';
import { readStatus } from './status.ts';
import { Units } from './units.ts';
import type { UnitListener } from './units.ts';

const LENGTH_BYTES = 4;

/** Reads a watch: events, each behind its length in four bytes, highest first. */
export class ProtobufWatchReader<Input> implements BodyReader, UnitListener {
  readonly #decoder: ObjectDecoder<Input>;
  readonly #listener: ObjectListener<Input>;
  readonly #units = new Units(this);
  readonly #reader = new FieldReader();
  readonly #bookmarkReader = new ObjectMetadataReader(BOOKMARK_METADATA);

  constructor(decoder: ObjectDecoder<Input>, listener: ObjectListener<Input>) {
    this.#decoder = decoder;
    this.#listener = listener;
  }

  read(bytes: Uint8Array): void {
    this.#units.read(bytes);
  }

  measure(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < LENGTH_BYTES) return 0;
    const upper = bytes[start]! * 256 + bytes[start + 1]!;
    return LENGTH_BYTES + upper * 65_536 + bytes[start + 2]! * 256 + bytes[start + 3]!;
  }

  take(bytes: Uint8Array, start: number, end: number): void {
    try {
      this.#tell(bytes, start + LENGTH_BYTES, end);
    } catch (error) {
      // The listener throws none of these.
      if (!(error instanceof MalformedObjectError)) throw error;
      this.#listener.malformed(error);
    }
  }

  #tell(bytes: Uint8Array, start: number, end: number): void {
    const listener = this.#listener;
    const decoder = this.#decoder;
    const event = openEvent(this.#reader, bytes, start, end, decoder.kind);
    if (event.type === 'ADDED' || event.type === 'MODIFIED') {
      listener.put(decoder.fromProtobuf(bytes, event.start, event.end));
    } else if (event.type === 'DELETED') {
      listener.remove(decoder.fromProtobuf(bytes, event.start, event.end));
    } else if (event.type === 'BOOKMARK') {
      this.#reader.open(bytes, event.start, event.end);
      const metadata = this.#bookmarkReader.find(this.#reader, event.end);
      if (metadata === undefined) throw new MalformedObjectError('a bookmark without metadata');
      listener.bookmark(metadata.resourceVersion, metadata.annotations[0] === 'true');
    } else if (event.type === 'ERROR') {
      listener.failed(readStatus(this.#reader, bytes, event.start, event.end));
    } else throw new MalformedObjectError(`a watch event of type '${shown(event.type)}'`);
  }
}

interface WatchEvent extends Envelope {
  readonly type: string;
}

/** metav1.WatchEvent: 1 type, 2 object {1 raw}. */
function openEvent(
  reader: FieldReader,
  bytes: Uint8Array,
  start: number,
  end: number,
  kind: string,
): WatchEvent {
  let type = '';
  let raw: { start: number; end: number } | undefined;
  reader.open(bytes, start, end);
  while (reader.next(end)) {
    if (reader.field === 1) type = reader.sharedText();
    else if (reader.field === 2) raw = findRaw(reader);
  }
  if (raw === undefined) throw new MalformedObjectError('a watch event without object');
  const envelope = openEnvelope(reader, bytes, raw.start, raw.end);
  const expected = type === 'ERROR' ? 'Status' : kind;
  if (envelope.kind === expected) return { type, ...envelope };
  throw new MalformedObjectError(`a watch event with a '${shown(envelope.kind)}', not a ${expected}`);
}

/** runtime.RawExtension: 1 raw. */
function findRaw(reader: FieldReader): { start: number; end: number } | undefined {
  const end = reader.enter();
  let raw: { start: number; end: number } | undefined;
  while (reader.next(end)) {
    if (reader.field === 1) raw = { start: reader.valueStart, end: reader.valueEnd };
  }
  return raw;
}
