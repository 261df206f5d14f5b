import { Parser } from './parser.ts';
import { Scope } from './scope.ts';
import type { Step } from './scope.ts';
import type { ExpressionFunction, Value } from './values.ts';

export type { ExpressionFunction, Value } from './values.ts';

const NO_VARIABLES: ReadonlyMap<string, Value> = new Map();

/**
 * An expression of an operator, in the part of the expr language that Corefiles use: literals, lists, comparison,
 * `in`, `matches` and the like, logic, arithmetic, `? :`, functions, and predicates over lists with `#`.
 * Understood once; evaluating it ends after a limited number of turns.
 * @example new Expression("name() endsWith '.example.'", { name: (query: Query) => query.name })
 */
export class Expression<Context> {
  readonly source: string;
  /** Names of the context's functions that it calls. */
  readonly called: ReadonlySet<string>;
  readonly #step: Step<Context>;

  /**
   * @param functions what may be called beside the language's own
   * @param variables what may be named
   * @throws Error telling what is wrong
   */
  constructor(
    source: string,
    functions: Readonly<Record<string, ExpressionFunction<Context>>>,
    variables: readonly string[] = [],
  ) {
    const parser = new Parser(source, { functions, variables });
    this.source = source;
    this.#step = parser.whole();
    this.called = parser.called;
  }

  /**
   * @param variables values of the names that were given
   * @throws Error when a value is not what an operator or function takes
   */
  evaluate(context: Context, variables: ReadonlyMap<string, Value> = NO_VARIABLES): Value {
    return this.#step(new Scope(context, variables));
  }
}
