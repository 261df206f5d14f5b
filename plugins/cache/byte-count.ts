import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Directive } from '../../src/corefile/corefile.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** The largest single answer fits a few times over. */
const LEAST = 2 ** 20;

/** Reads an amount of memory, written as in a pod's limits (`64Mi`, `100M`, `67108864`), as bytes. */
export function byteCount(property: Directive, text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit]! : NaN;
  const bytes = digits === '' ? NaN : Number(digits) * factor;
  if (Number.isSafeInteger(bytes) && bytes >= LEAST) return bytes;
  throw new CorefileError(
    property,
    `invalid ${property.name} '${text}'; expected an amount of memory of at least 1Mi, such as 64Mi or 100M`,
  );
}
