import { mapAt, textAt } from '../../manifests/read-value.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import { GrowingBytes } from '../growing-bytes.ts';
import { BOOKMARK_METADATA, shown } from '../object-metadata.ts';
import { MalformedObjectError } from '../watched-object.ts';
import type { BodyReader, ObjectDecoder, ObjectListener } from '../watched-object.ts';
import { readMetadata } from './object-metadata.ts';
import { parseMap, reading } from './parse.ts';
import { readStatus } from './status.ts';

const LONGEST_LINE = 16 * 1024 * 1024;
const NEWLINE = 10;

/** Reads a watch in JSON: `{"type":…,"object":…}`, one event a line. */
export class JsonWatchReader<Input> implements BodyReader {
  readonly #decoder: ObjectDecoder<Input>;
  readonly #listener: ObjectListener<Input>;
  /** The beginning of a line. */
  readonly #held = new GrowingBytes();

  constructor(decoder: ObjectDecoder<Input>, listener: ObjectListener<Input>) {
    this.#decoder = decoder;
    this.#listener = listener;
  }

  read(bytes: Uint8Array): void {
    let position = 0;
    while (position < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, position);
      const end = newline < 0 ? bytes.length : newline;
      if (this.#held.length + end - position > LONGEST_LINE) {
        throw new MalformedObjectError(`an event of more than ${LONGEST_LINE} bytes of JSON`);
      }
      this.#held.append(bytes, position, end);
      if (newline < 0) return;
      position = newline + 1;
      const line = this.#held.view();
      this.#held.clear();
      if (line.length > 0) this.#take(line);
    }
  }

  #take(line: Buffer): void {
    try {
      const event = parseMap(line);
      reading(() => this.#tell(textAt(event, 'type'), mapAt(event, 'object')));
    } catch (error) {
      // The listener throws none of these.
      if (!(error instanceof MalformedObjectError)) throw error;
      this.#listener.malformed(error);
    }
  }

  #tell(type: string, object: ValueMap): void {
    const listener = this.#listener;
    const decoder = this.#decoder;
    const kind = textAt(object, 'kind');
    const expected = type === 'ERROR' ? 'Status' : decoder.kind;
    if (kind !== expected) {
      throw new MalformedObjectError(`a watch event with a '${shown(kind)}', not a ${expected}`);
    }
    if (type === 'ADDED' || type === 'MODIFIED') listener.put(decoder.fromJson(object));
    else if (type === 'DELETED') listener.remove(decoder.fromJson(object));
    else if (type === 'BOOKMARK') {
      const { resourceVersion, annotations } = readMetadata(object, BOOKMARK_METADATA);
      listener.bookmark(resourceVersion, annotations[0] === 'true');
    } else if (type === 'ERROR') listener.failed(readStatus(object));
    else throw new MalformedObjectError(`a watch event of type '${shown(type)}'`);
  }
}
