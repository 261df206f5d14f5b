import { parseMap, reading } from './json/parse.ts';
import { readStatus as statusFromJson } from './json/status.ts';
import { shown } from './object-metadata.ts';
import { openEnvelope } from './protobuf/envelope.ts';
import { FieldReader } from './protobuf/field-reader.ts';
import { readStatus as statusFromProtobuf } from './protobuf/status.ts';
import { essence, JSON_TYPE, PROTOBUF } from './readers.ts';
import { MalformedObjectError } from './watched-object.ts';
import type { ApiStatus } from './watched-object.ts';

/**
 * What the body of an error says: a Status in protobuf or JSON, else text, as proxies and overloaded servers send it.
 * Never throws: of what cannot be read the message is its beginning, as text.
 */
export function readStatus(bytes: Uint8Array, contentType: string): ApiStatus {
  const type = essence(contentType);
  try {
    if (type === PROTOBUF) {
      const reader = new FieldReader();
      const { kind, start, end } = openEnvelope(reader, bytes, 0, bytes.length);
      if (kind === 'Status') return statusFromProtobuf(reader, bytes, start, end);
    } else if (type === JSON_TYPE) {
      const object = parseMap(Buffer.from(bytes));
      if (object['kind'] === 'Status') return reading(() => statusFromJson(object));
    }
  } catch (error) {
    if (!(error instanceof MalformedObjectError)) throw error;
  }
  const message = shown(Buffer.from(bytes).toString('utf8', 0, LONGEST_TEXT).trim());
  return { code: 0, reason: '', message, retryAfter: undefined };
}

const LONGEST_TEXT = 1024;
