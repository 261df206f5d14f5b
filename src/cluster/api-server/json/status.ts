import { mapAt, textAt } from '../../manifests/read-value.ts';
import type { ValueMap } from '../../manifests/read-value.ts';
import type { ApiStatus } from '../watched-object.ts';

/** Reads a parsed metav1.Status. @throws {ObjectError} */
export function readStatus(object: ValueMap): ApiStatus {
  const seconds = mapAt(object, 'details')['retryAfterSeconds'];
  const code = object['code'];
  return {
    code: typeof code === 'number' ? code : 0,
    reason: textAt(object, 'reason'),
    message: textAt(object, 'message'),
    retryAfter: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined,
  };
}
