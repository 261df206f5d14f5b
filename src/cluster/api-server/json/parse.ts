import { isMap } from '../../manifests/read-value.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import { ObjectError } from '../../manifests/manifest-object.ts';
import { shown } from '../object-metadata.ts';
import { MalformedObjectError } from '../watched-object.ts';

/** Parses a JSON object. @throws {MalformedObjectError} */
export function parseMap(bytes: Buffer): ValueMap {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new MalformedObjectError(`not JSON: ${shown((error as Error).message)}`);
  }
  if (!isMap(value)) throw new MalformedObjectError('JSON that is no object');
  return value;
}

/** What `read` returns; its complaints about values as this folder's own. @throws {MalformedObjectError} */
export function reading<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof ObjectError) throw new MalformedObjectError(error.message);
    throw error;
  }
}
