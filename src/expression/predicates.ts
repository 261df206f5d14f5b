import type { Scope, Step } from './scope.ts';
import { list, truth } from './values.ts';
import type { Value } from './values.ts';

type PredicateFunction = (scope: Scope<unknown>, values: readonly Value[], predicate: Step<unknown>) => Value;

/** Functions over a list whose second argument is looked at for each element, which is `#`. */
export const predicates: Readonly<Record<string, PredicateFunction>> = {
  all: (scope, values, predicate) => values.every((value) => holds(scope, value, predicate, 'all')),
  any: (scope, values, predicate) => values.some((value) => holds(scope, value, predicate, 'any')),
  none: (scope, values, predicate) => !values.some((value) => holds(scope, value, predicate, 'none')),
  one: (scope, values, predicate) => matching(scope, values, predicate, 'one').length === 1,
  filter: (scope, values, predicate) => matching(scope, values, predicate, 'filter'),
  count: (scope, values, predicate) => matching(scope, values, predicate, 'count').length,
  find: (scope, values, predicate) => values.find((value) => holds(scope, value, predicate, 'find')) ?? null,
  map: (scope, values, predicate) => values.map((value) => withElement(scope, value, predicate)),
};

/** Calls one of them. */
export function callPredicate(
  name: string,
  scope: Scope<unknown>,
  values: Value,
  predicate: Step<unknown>,
): Value {
  return predicates[name]!(scope, list(values, name), predicate);
}

function matching(
  scope: Scope<unknown>,
  values: readonly Value[],
  predicate: Step<unknown>,
  name: string,
): readonly Value[] {
  return values.filter((value) => holds(scope, value, predicate, name));
}

function holds(scope: Scope<unknown>, value: Value, predicate: Step<unknown>, name: string): boolean {
  return truth(withElement(scope, value, predicate), `the predicate of ${name}`);
}

function withElement(scope: Scope<unknown>, value: Value, predicate: Step<unknown>): Value {
  scope.step();
  scope.elements.push(value);
  try {
    return predicate(scope);
  } finally {
    scope.elements.pop();
  }
}
