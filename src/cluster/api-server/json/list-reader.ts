import { listAt, mapAt, textAt } from '../../manifests/read-value.ts';
import { GrowingBytes } from '../growing-bytes.ts';
import { shown } from '../object-metadata.ts';
import { MalformedObjectError } from '../watched-object.ts';
import type { ListMetadata, ListReader, ObjectDecoder, ObjectListener } from '../watched-object.ts';
import { parseMap, reading } from './parse.ts';

const LONGEST_LIST = 64 * 1024 * 1024;

/** Reads a list in JSON when all of it is here: few kinds come so, and they are few. */
export class JsonListReader<Input> implements ListReader {
  readonly #decoder: ObjectDecoder<Input>;
  readonly #listener: Pick<ObjectListener<Input>, 'put' | 'malformed'>;
  readonly #bytes = new GrowingBytes();

  constructor(decoder: ObjectDecoder<Input>, listener: Pick<ObjectListener<Input>, 'put' | 'malformed'>) {
    this.#decoder = decoder;
    this.#listener = listener;
  }

  read(bytes: Uint8Array): void {
    if (this.#bytes.length + bytes.length > LONGEST_LIST) {
      throw new MalformedObjectError(`a list of more than ${LONGEST_LIST} bytes of JSON`);
    }
    this.#bytes.append(bytes, 0, bytes.length);
  }

  end(): ListMetadata {
    const list = parseMap(this.#bytes.view());
    this.#bytes.clear();
    const { kind } = this.#decoder;
    const [metadata, items] = reading(() => {
      const found = textAt(list, 'kind');
      if (found !== `${kind}List`) {
        throw new MalformedObjectError(`a '${shown(found)}', not a list of ${kind}`);
      }
      return [mapAt(list, 'metadata'), listAt(list, 'items')];
    });
    for (const item of items) this.#tell(item);
    return reading(() => ({
      resourceVersion: textAt(metadata, 'resourceVersion'),
      continueToken: textAt(metadata, 'continue'),
    }));
  }

  #tell(item: unknown): void {
    try {
      this.#listener.put(this.#decoder.fromJson(item));
    } catch (error) {
      // The listener throws none of these.
      if (!(error instanceof MalformedObjectError)) throw error;
      this.#listener.malformed(error);
    }
  }
}
