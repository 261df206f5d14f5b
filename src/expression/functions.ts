import { isEqual, kindOf, limited, list, number, text } from './values.ts';
import type { Value } from './values.ts';

type Builtin = (...values: readonly Value[]) => Value;

/** How many arguments a function takes, at least and at most. */
interface Signature {
  readonly least: number;
  readonly most: number;
  readonly call: Builtin;
}

/** The functions of the language that take values; those that take a predicate are in predicates.ts. */
export const builtins: Readonly<Record<string, Signature>> = {
  len: one((value) => (typeof value === 'string' ? [...value].length : list(value, 'len').length)),
  lower: one((value) => text(value, 'lower').toLowerCase()),
  upper: one((value) => text(value, 'upper').toUpperCase()),
  trim: { least: 1, most: 2, call: (value, characters = ' \t\r\n') => trim(value, characters, true, true) },
  trimPrefix: two((value, prefix) => {
    const whole = text(value, 'trimPrefix');
    const start = text(prefix, 'trimPrefix');
    return whole.startsWith(start) ? whole.slice(start.length) : whole;
  }),
  trimSuffix: two((value, suffix) => {
    const whole = text(value, 'trimSuffix');
    const end = text(suffix, 'trimSuffix');
    return end !== '' && whole.endsWith(end) ? whole.slice(0, -end.length) : whole;
  }),
  split: two((value, separator) => limited(text(value, 'split').split(text(separator, 'split')))),
  join: {
    least: 1,
    most: 2,
    call: (value, separator = '') =>
      limited(
        list(value, 'join')
          .map((element) => text(element, 'join'))
          .join(text(separator, 'join')),
      ),
  },
  replace: {
    least: 3,
    most: 3,
    call: (value, old, other) =>
      limited(text(value, 'replace').replaceAll(text(old, 'replace'), () => text(other, 'replace'))),
  },
  hasPrefix: two((value, prefix) => text(value, 'hasPrefix').startsWith(text(prefix, 'hasPrefix'))),
  hasSuffix: two((value, suffix) => text(value, 'hasSuffix').endsWith(text(suffix, 'hasSuffix'))),
  indexOf: two((value, part) => text(value, 'indexOf').indexOf(text(part, 'indexOf'))),
  int: one((value) => Math.trunc(toNumber(value, 'int'))),
  float: one((value) => toNumber(value, 'float')),
  string: one((value) => (Array.isArray(value) ? JSON.stringify(value) : String(value ?? 'nil'))),
  abs: one((value) => Math.abs(number(value, 'abs'))),
  floor: one((value) => Math.floor(number(value, 'floor'))),
  ceil: one((value) => Math.ceil(number(value, 'ceil'))),
  min: { least: 1, most: 100, call: (...values) => Math.min(...values.map((value) => number(value, 'min'))) },
  max: { least: 1, most: 100, call: (...values) => Math.max(...values.map((value) => number(value, 'max'))) },
  first: one((value) => list(value, 'first')[0] ?? null),
  last: one((value) => list(value, 'last').at(-1) ?? null),
  type: one((value) => (value === null ? 'nil' : Array.isArray(value) ? 'array' : typeof value)),
};

/** The operators between two values that always look at both. */
export const operators: Readonly<Record<string, (left: Value, right: Value) => Value>> = {
  '==': isEqual,
  '!=': (left, right) => !isEqual(left, right),
  '<': (left, right) => isLess(left, right),
  '>': (left, right) => isLess(right, left),
  '<=': (left, right) => !isLess(right, left),
  '>=': (left, right) => !isLess(left, right),
  in: (left, right) => list(right, 'in').some((element) => isEqual(left, element)),
  contains: (left, right) => text(left, 'contains').includes(text(right, 'contains')),
  startsWith: (left, right) => text(left, 'startsWith').startsWith(text(right, 'startsWith')),
  endsWith: (left, right) => text(left, 'endsWith').endsWith(text(right, 'endsWith')),
  '+': (left, right) => {
    if (typeof left === 'string') return limited(left + text(right, '+ of a string'));
    return number(left, '+') + number(right, '+ of a number');
  },
  '-': (left, right) => number(left, '-') - number(right, '-'),
  '*': (left, right) => number(left, '*') * number(right, '*'),
  '/': (left, right) => number(left, '/') / number(right, '/'),
  '%': (left, right) => {
    if (right === 0) throw new Error('division by zero');
    return number(left, '%') % number(right, '%');
  },
  '**': (left, right) => number(left, '**') ** number(right, '**'),
  '^': (left, right) => number(left, '^') ** number(right, '^'),
  '..': (left, right) => range(number(left, '..'), number(right, '..')),
};

function isLess(left: Value, right: Value): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  throw new Error(`cannot order ${kindOf(left)} and ${kindOf(right)}`);
}

function range(from: number, to: number): number[] {
  if (to - from >= 10_000) throw new Error('.. makes at most 10000 numbers');
  return Array.from(
    { length: Math.max(0, Math.floor(to) - Math.ceil(from) + 1) },
    (_, index) => from + index,
  );
}

function trim(value: Value | undefined, characters: Value, start: boolean, end: boolean): string {
  const whole = text(value, 'trim');
  const set = text(characters, 'trim');
  let from = 0;
  let to = whole.length;
  while (start && from < to && set.includes(whole[from]!)) from++;
  while (end && to > from && set.includes(whole[to - 1]!)) to--;
  return whole.slice(from, to);
}

function toNumber(value: Value, of: string): number {
  if (typeof value === 'number') return value;
  const digits = text(value, of);
  const parsed = /^[+-]?\d+(\.\d+)?$/.test(digits) ? Number(digits) : NaN;
  if (Number.isNaN(parsed)) throw new Error(`${of}: '${digits}' is no number`);
  return parsed;
}

function one(call: (value: Value) => Value): Signature {
  return { least: 1, most: 1, call: call };
}

function two(call: (value: Value, other: Value) => Value): Signature {
  return { least: 2, most: 2, call: call };
}
