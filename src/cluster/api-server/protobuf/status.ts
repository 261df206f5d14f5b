import type { ApiStatus } from '../watched-object.ts';
import type { FieldReader } from './field-reader.ts';

/**
 * Reads a metav1.Status: 3 message, 4 reason, 5 details {5 retryAfterSeconds}, 6 code.
 * @throws {MalformedObjectError}
 */
export function readStatus(reader: FieldReader, bytes: Uint8Array, start: number, end: number): ApiStatus {
  let code = 0;
  let reason = '';
  let message = '';
  let retryAfter: number | undefined;
  reader.open(bytes, start, end);
  while (reader.next(end)) {
    if (reader.field === 3) message = reader.text();
    else if (reader.field === 4) reason = reader.text();
    else if (reader.field === 5) retryAfter = readRetryAfter(reader);
    else if (reader.field === 6) code = reader.integer();
  }
  return { code, reason, message, retryAfter };
}

/** Milliseconds; undefined for none: gogo writes the zero too. */
function readRetryAfter(reader: FieldReader): number | undefined {
  const end = reader.enter();
  let seconds = 0;
  while (reader.next(end)) if (reader.field === 5) seconds = reader.integer();
  return seconds > 0 ? seconds * 1000 : undefined;
}
