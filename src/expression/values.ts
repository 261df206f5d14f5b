/** What expressions work with; null is `nil`. */
export type Value = null | boolean | number | string | readonly Value[];

/** A function that expressions call. Throws an Error that tells what is wrong with the arguments. */
export type ExpressionFunction<Context> = (context: Context, ...values: readonly Value[]) => Value;

/** Texts and lists do not grow beyond this. */
export const MAXIMUM_SIZE = 65_536;

/** What a value is, for messages. */
export function kindOf(value: Value): string {
  if (value === null) return 'nil';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** Whether two values are equal; lists are when their elements are. */
export function isEqual(left: Value, right: Value): boolean {
  if (!Array.isArray(left) || !Array.isArray(right)) return left === right;
  const [one, other] = [left as readonly Value[], right as readonly Value[]];
  return one.length === other.length && one.every((element, index) => isEqual(element, other[index]!));
}

/** @throws Error when the value is something else */
export function text(value: Value | undefined, of: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`${of} takes a string, not ${kindOf(value ?? null)}`);
}

/** @throws Error when the value is something else */
export function number(value: Value | undefined, of: string): number {
  if (typeof value === 'number') return value;
  throw new Error(`${of} takes a number, not ${kindOf(value ?? null)}`);
}

/** @throws Error when the value is something else */
export function truth(value: Value | undefined, of: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`${of} takes a boolean, not ${kindOf(value ?? null)}`);
}

/** @throws Error when the value is something else */
export function list(value: Value | undefined, of: string): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  throw new Error(`${of} takes a list, not ${kindOf(value ?? null)}`);
}

/** @throws Error when the text or list is too long */
export function limited<T extends string | readonly Value[]>(value: T): T {
  if (value.length > MAXIMUM_SIZE) throw new Error(`longer than ${MAXIMUM_SIZE}`);
  return value;
}
