/**
 * What templates work with. `undefined` is Go's missing value, of a map's key that is not there; whole numbers that
 * may be large are bigints.
 */
export type Value =
  | undefined
  | null
  | string
  | number
  | bigint
  | boolean
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | Fields
  | TemplateFunction;

/** A value with named fields, such as the template's data. A field that is a function is a method. */
export interface Fields {
  /** Undefined: there is no such field. */
  field(name: string): Value;
}

/** Throws an Error that tells what is wrong with the arguments. */
export type TemplateFunction = (...values: readonly Value[]) => Value;

/** Whether `if` takes a value for true: not zero and not empty. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}

/** A value in text, as Go prints it. Fields and functions have none. */
export function valueText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(valueText).join(' ')}]`;
  if (value instanceof Map) {
    const map = value as ReadonlyMap<string, Value>;
    const entries = sortedKeys(map).map((key) => `${key}:${valueText(map.get(key))}`);
    return `map[${entries.join(' ')}]`;
  }
  if (typeof value === 'object' || typeof value === 'function') throw new Error('this value has no text');
  return String(value);
}

/** What a value is, for messages. */
export function kindOf(value: Value): string {
  if (value === undefined) return 'no value';
  if (value === null) return 'nil';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a map';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
    case 'bigint':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    case 'function':
      return 'a function';
    default:
      return 'a structure';
  }
}

/** The keys of a map in the order in which Go visits them. */
export function sortedKeys(map: ReadonlyMap<string, Value>): string[] {
  return [...map.keys()].sort((left, right) => (left < right ? -1 : Number(left > right)));
}

/**
 * Whether two values are equal.
 * @throws Error when they are not of the same kind, or of one that cannot be compared
 */
export function isEqual(left: Value, right: Value): boolean {
  if (left == null || right == null) return left == right; // eslint-disable-line eqeqeq -- both kinds of nothing
  comparable(left, right);
  return left == right; // eslint-disable-line eqeqeq -- number and bigint
}

/**
 * Whether the first comes before the second: numbers by value, strings by their characters.
 * @throws Error when they are not both numbers or both strings
 */
export function isLess(left: Value, right: Value): boolean {
  comparable(left, right);
  if (typeof left === 'boolean') throw new Error('booleans have no order');
  return (left as number) < (right as number);
}

function comparable(left: Value, right: Value): void {
  const kind = kindOf(left);
  if (!['a string', 'a number', 'a boolean'].includes(kind)) throw new Error(`${kind} cannot be compared`);
  if (kind !== kindOf(right)) throw new Error(`cannot compare ${kind} with ${kindOf(right)}`);
}
