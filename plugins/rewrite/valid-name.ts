import { FormatError } from '../../src/wire/errors.ts';
import { MAXIMUM_NAME_BYTES, writeName } from '../../src/wire/name.ts';

const scratch = new Uint8Array(MAXIMUM_NAME_BYTES + 2);

/** Whether a name that rules have put together can go on the wire. */
export function isValidName(name: string): boolean {
  try {
    writeName(name, scratch, 0);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
