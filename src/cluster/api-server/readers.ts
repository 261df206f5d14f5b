import { JsonListReader } from './json/list-reader.ts';
import { JsonWatchReader } from './json/watch-reader.ts';
import { shown } from './object-metadata.ts';
import { ProtobufListReader } from './protobuf/list-reader.ts';
import { ProtobufWatchReader } from './protobuf/watch-reader.ts';
import { MalformedObjectError } from './watched-object.ts';
import type { BodyReader, ListReader, ObjectDecoder, ObjectListener } from './watched-object.ts';

/** What API servers call their protobuf. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export const JSON_TYPE = 'application/json';

/** A reader for a list's body. @throws {MalformedObjectError} where it is neither protobuf nor JSON */
export function listReader<Input>(
  contentType: string,
  decoder: ObjectDecoder<Input>,
  listener: Pick<ObjectListener<Input>, 'put' | 'malformed'>,
): ListReader {
  const type = essence(contentType);
  if (type === PROTOBUF) return new ProtobufListReader(decoder, listener);
  if (type === JSON_TYPE) return new JsonListReader(decoder, listener);
  throw unknownType(contentType);
}

/** A reader for a watch's body. @throws {MalformedObjectError} where it is neither protobuf nor JSON */
export function watchReader<Input>(
  contentType: string,
  decoder: ObjectDecoder<Input>,
  listener: ObjectListener<Input>,
): BodyReader {
  const type = essence(contentType);
  if (type === PROTOBUF) return new ProtobufWatchReader(decoder, listener);
  if (type === JSON_TYPE) return new JsonWatchReader(decoder, listener);
  throw unknownType(contentType);
}

/** A media type without its parameters, in lower case. */
export function essence(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

function unknownType(contentType: string): MalformedObjectError {
  return new MalformedObjectError(
    `content type '${shown(contentType)}' is neither ${PROTOBUF} nor ${JSON_TYPE}: is this an API server?`,
  );
}
