import type { Value } from './values.ts';

/** Turns that one evaluation may take over elements of lists. */
const MAXIMUM_TURNS = 10_000;

/** What one evaluation of an expression sees. */
export class Scope<Context> {
  readonly context: Context;
  readonly variables: ReadonlyMap<string, Value>;
  /** The elements that predicates look at, the innermost last. */
  readonly elements: Value[] = [];
  #turns = 0;

  constructor(context: Context, variables: ReadonlyMap<string, Value>) {
    this.context = context;
    this.variables = variables;
  }

  /** @throws Error when there have been too many */
  step(): void {
    if (++this.#turns > MAXIMUM_TURNS) throw new Error(`more than ${MAXIMUM_TURNS} turns`);
  }
}

/** A part of an expression, ready to be evaluated. */
export type Step<Context> = (scope: Scope<Context>) => Value;
