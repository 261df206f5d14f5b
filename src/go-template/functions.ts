import { formatText } from './format.ts';
import { isEqual, isLess, isTrue, kindOf, valueText } from './values.ts';
import type { TemplateFunction, Value } from './values.ts';

/** Texts do not grow beyond this, in characters: the most that a template may make. */
export const MAXIMUM_TEXT = 65_536;

/** Go's own functions; `and` and `or` are part of the language, for they leave out what does not matter. */
export const builtins: Readonly<Record<string, TemplateFunction>> = {
  not: (...values) => !isTrue(only('not', values)),
  eq: (...values) => {
    const [first, ...others] = atLeast('eq', 2, values);
    return others.some((other) => isEqual(first, other));
  },
  ne: (...values) => {
    const [left, right] = exactly('ne', 2, values);
    return !isEqual(left, right);
  },
  lt: (...values) => {
    const [left, right] = exactly('lt', 2, values);
    return isLess(left, right);
  },
  le: (...values) => {
    const [left, right] = exactly('le', 2, values);
    return isLess(left, right) || isEqual(left, right);
  },
  gt: (...values) => {
    const [left, right] = exactly('gt', 2, values);
    return isLess(right, left);
  },
  ge: (...values) => {
    const [left, right] = exactly('ge', 2, values);
    return isLess(right, left) || isEqual(left, right);
  },
  index: (...values) => {
    const [collection, ...keys] = atLeast('index', 1, values);
    return keys.reduce(element, collection);
  },
  slice: (...values) => slice(atLeast('slice', 1, values)),
  len: (...values) => length(only('len', values)),
  print: (...values) => limited(print(values)),
  println: (...values) => limited(`${values.map(valueText).join(' ')}\n`),
  printf: (...values) => {
    const [format, ...rest] = atLeast('printf', 1, values);
    if (typeof format !== 'string') throw new Error(`printf: the format is ${kindOf(format)}, not a string`);
    return limited(formatText(format, rest));
  },
};

/**
 * Go's `strconv.ParseUint`: whole numbers without a sign, in a base from 2 to 36, or 0 for the base of the prefix.
 * @throws Error also for numbers that do not fit the bits
 */
export function parseUnsigned(...values: readonly Value[]): number | bigint {
  const [text, base, bits] = exactly('parseInt', 3, values);
  if (typeof text !== 'string') throw new Error(`parseInt: expected a string, not ${kindOf(text)}`);
  const [digits, radix] = base === 0 ? prefixed(text) : [text, base];
  if (typeof radix !== 'number' || !Number.isInteger(radix) || radix < 2 || radix > 36) {
    throw new Error(`parseInt: invalid base ${valueText(base)}`);
  }
  if (typeof bits !== 'number' || !Number.isInteger(bits) || bits < 0 || bits > 64) {
    throw new Error(`parseInt: invalid bit size ${valueText(bits)}`);
  }
  const limit = 1n << BigInt(bits === 0 ? 64 : bits);
  let value = 0n;
  if (digits === '') throw new Error(`parseInt: '${text}' is no number of base ${radix}`);
  for (const character of digits) {
    const digit = digitValue(character);
    if (digit >= radix) throw new Error(`parseInt: '${text}' is no number of base ${radix}`);
    value = value * BigInt(radix) + BigInt(digit);
    if (value >= limit) throw new Error(`parseInt: '${text}' is out of range`);
  }
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function digitValue(character: string): number {
  const value = Number.parseInt(character, 36);
  return Number.isNaN(value) ? Infinity : value;
}

function prefixed(text: string): [digits: string, base: number] {
  const prefix = text.slice(0, 2).toLowerCase();
  const base = ({ '0x': 16, '0b': 2, '0o': 8 } as const)[prefix];
  if (base !== undefined) return [text.slice(2).replaceAll('_', ''), base];
  return text.startsWith('0') && text.length > 1 ? [text.slice(1), 8] : [text.replaceAll('_', ''), 10];
}

/** Spaces stand between values of which neither is a string. */
function print(values: readonly Value[]): string {
  let text = '';
  for (const [at, value] of values.entries()) {
    if (at > 0 && typeof value !== 'string' && typeof values[at - 1] !== 'string') text += ' ';
    text += valueText(value);
  }
  return text;
}

function element(collection: Value, key: Value): Value {
  if (collection instanceof Map) {
    if (typeof key !== 'string') throw new Error(`index: a map has strings as keys, not ${kindOf(key)}`);
    return (collection as ReadonlyMap<string, Value>).get(key) ?? '';
  }
  if (typeof collection !== 'string' && !Array.isArray(collection)) {
    throw new Error(`index: cannot look into ${kindOf(collection)}`);
  }
  const list = typeof collection === 'string' ? Buffer.from(collection) : (collection as readonly Value[]);
  if (typeof key !== 'number' && typeof key !== 'bigint')
    throw new Error(`index: ${kindOf(key)} is no place`);
  const at = Number(key);
  if (!(at >= 0 && at < list.length)) throw new Error(`index out of range: ${at}`);
  return list[at];
}

function slice([collection, ...bounds]: readonly Value[]): Value {
  if (typeof collection !== 'string' && !Array.isArray(collection)) {
    throw new Error(`slice: cannot cut ${kindOf(collection)}`);
  }
  const list = typeof collection === 'string' ? Buffer.from(collection) : (collection as readonly Value[]);
  const [start = 0, end = list.length, ...more] = bounds;
  const valid = typeof start === 'number' && typeof end === 'number' && start >= 0 && start <= end;
  if (!valid || end > list.length || more.length > 0) throw new Error('slice: bounds out of range');
  return Buffer.isBuffer(list) ? list.subarray(start, end).toString() : list.slice(start, end);
}

function length(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  throw new Error(`len of ${kindOf(value)}`);
}

function limited(text: string): string {
  if (text.length > MAXIMUM_TEXT) throw new Error(`the text is longer than ${MAXIMUM_TEXT} characters`);
  return text;
}

function only(name: string, values: readonly Value[]): Value {
  return exactly(name, 1, values)[0];
}

function exactly(name: string, count: number, values: readonly Value[]): readonly Value[] {
  if (values.length === count) return values;
  throw new Error(`${name}: expected ${count} arguments, not ${values.length}`);
}

function atLeast(name: string, count: number, values: readonly Value[]): readonly Value[] {
  if (values.length >= count) return values;
  throw new Error(`${name}: expected at least ${count} arguments, not ${values.length}`);
}
