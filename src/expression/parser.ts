import { didYouMean } from '../corefile/nearest.ts';
import { RegularExpression } from '../regex/regular-expression.ts';
import { builtins, operators } from './functions.ts';
import { scan } from './lexer.ts';
import type { Token } from './lexer.ts';
import { callPredicate, predicates } from './predicates.ts';
import type { Step } from './scope.ts';
import { list, number, text, truth } from './values.ts';
import type { ExpressionFunction, Value } from './values.ts';

/** Operators between two values, by how strongly they bind. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  '|': 0,
  '||': 10,
  or: 10,
  '&&': 15,
  and: 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '>': 20,
  '<=': 20,
  '>=': 20,
  in: 20,
  matches: 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '^': 100,
  '??': 500,
};
const NOT = 50;
const SIGN = 90;
const MAXIMUM_DEPTH = 200;

/** What an expression may name. */
export interface Names<Context> {
  readonly functions: Readonly<Record<string, ExpressionFunction<Context>>>;
  readonly variables: readonly string[];
}

/** Parses an expression into steps. The names of the context's functions that it calls are added to `called`. */
export class Parser<Context> {
  readonly called = new Set<string>();
  readonly #tokens: readonly Token[];
  readonly #names: Names<Context>;
  #at = 0;
  #depth = 0;
  #predicates = 0;

  constructor(source: string, names: Names<Context>) {
    this.#tokens = scan(source);
    this.#names = names;
  }

  /** @throws Error naming the column */
  whole(): Step<Context> {
    const step = this.#expression();
    if (this.#peek() !== undefined) this.#unexpected();
    return step;
  }

  /** With `? :`, which binds the least. */
  #expression(): Step<Context> {
    if (++this.#depth > MAXIMUM_DEPTH) throw new Error('nested too deep');
    const condition = this.#binary(0);
    let step = condition;
    if (this.#take('?')) {
      const yes = this.#expression();
      this.#expect(':');
      const no = this.#expression();
      step = (scope) => (truth(condition(scope), '? :') ? yes(scope) : no(scope));
    }
    this.#depth--;
    return step;
  }

  #binary(least: number): Step<Context> {
    let left = this.#unary();
    for (;;) {
      const start = this.#at;
      const negated = this.#peek()?.text === 'not' && this.#peek()?.kind === 'word';
      if (negated) this.#at++;
      const token = this.#peek();
      const isOperator = token?.kind === 'symbol' || token?.kind === 'word';
      const precedence = isOperator && Object.hasOwn(PRECEDENCE, token.text) ? PRECEDENCE[token.text]! : -1;
      if (token === undefined || precedence < least) {
        this.#at = start;
        return left;
      }
      this.#at++;
      const operation = this.#operation(token.text, left, precedence);
      left = negated ? (scope) => !truth(operation(scope), 'not') : operation;
    }
  }

  #operation(operator: string, left: Step<Context>, precedence: number): Step<Context> {
    if (operator === '|') return this.#pipe(left);
    const rightAssociative = operator === '**' || operator === '^';
    const literal = this.#peek()?.kind === 'string' ? this.#peek()!.text : undefined;
    const before = this.#at;
    const right = this.#binary(rightAssociative ? precedence : precedence + 1);
    switch (operator) {
      case '&&':
      case 'and':
        return (scope) => truth(left(scope), operator) && truth(right(scope), operator);
      case '||':
      case 'or':
        return (scope) => truth(left(scope), operator) || truth(right(scope), operator);
      case '??':
        return (scope) => left(scope) ?? right(scope);
      case 'matches': {
        // A pattern that is written down is read once.
        if (literal !== undefined && this.#at === before + 1) {
          const pattern = new RegularExpression(literal);
          return (scope) => pattern.test(text(left(scope), 'matches'));
        }
        return (scope) =>
          new RegularExpression(text(right(scope), 'matches')).test(text(left(scope), 'matches'));
      }
      default: {
        const apply = operators[operator]!;
        return (scope) => apply(left(scope), right(scope));
      }
    }
  }

  #unary(): Step<Context> {
    const token = this.#peek();
    if (token?.text === 'not' || token?.text === '!') {
      if (token.kind !== 'string') {
        this.#at++;
        const operand = this.#binary(NOT);
        return (scope) => !truth(operand(scope), token.text);
      }
    } else if (token?.kind === 'symbol' && (token.text === '-' || token.text === '+')) {
      this.#at++;
      const operand = this.#binary(SIGN);
      const factor = token.text === '-' ? -1 : 1;
      return (scope) => factor * number(operand(scope), token.text);
    }
    return this.#postfix(this.#primary());
  }

  #postfix(start: Step<Context>): Step<Context> {
    let step = start;
    while (this.#take('[')) step = this.#index(step);
    return step;
  }

  #index(of: Step<Context>): Step<Context> {
    const from: Step<Context> = this.#is(':') ? () => 0 : this.#expression();
    if (!this.#take(':')) {
      this.#expect(']');
      return (scope) => element(of(scope), number(from(scope), '[]'));
    }
    const to: Step<Context> = this.#is(']') ? () => Number.MAX_SAFE_INTEGER : this.#expression();
    this.#expect(']');
    return (scope) => {
      const value = of(scope);
      const sliced = typeof value === 'string' ? value : list(value, '[:]');
      return sliced.slice(number(from(scope), '[:]'), number(to(scope), '[:]'));
    };
  }

  #primary(): Step<Context> {
    const token = this.#peek();
    if (token === undefined) throw new Error('unexpected end of the expression');
    this.#at++;
    if (token.kind === 'string') return () => token.text;
    if (token.kind === 'number') return () => token.value!;
    if (token.kind === 'word') return this.#word(token.text);
    switch (token.text) {
      case '(': {
        const step = this.#expression();
        this.#expect(')');
        return step;
      }
      case '[': {
        const elements = this.#list(']');
        return (scope) => elements.map((of) => of(scope));
      }
      case '#':
        if (this.#predicates === 0) throw new Error(`# in column ${token.column} is not in a predicate`);
        return (scope) => scope.elements.at(-1)!;
      default:
        this.#at--;
        return this.#unexpected();
    }
  }

  #word(word: string): Step<Context> {
    if (word === 'true' || word === 'false') return () => word === 'true';
    if (word === 'nil' || word === 'null') return () => null;
    if (this.#take('(')) return this.#call(word, []);
    if (!this.#names.variables.includes(word)) {
      const { functions, variables } = this.#names;
      const hint = Object.hasOwn(functions, word)
        ? `; did you mean '${word}()'?`
        : didYouMean(word, variables);
      throw new Error(`unknown name '${word}'${hint}`);
    }
    return (scope) => scope.variables.get(word) ?? null;
  }

  /** `value | f(…)`: the value is the first argument. */
  #pipe(value: Step<Context>): Step<Context> {
    const token = this.#peek();
    if (token?.kind !== 'word') return this.#unexpected();
    this.#at++;
    this.#expect('(');
    return this.#postfix(this.#call(token.text, [value]));
  }

  #call(name: string, piped: readonly Step<Context>[]): Step<Context> {
    const { functions } = this.#names;
    if (Object.hasOwn(predicates, name)) return this.#predicate(name, piped[0]);
    const values = [...piped, ...this.#list(')')];
    const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
    // `type()` is the query's, `type(x)` the language's.
    if (Object.hasOwn(functions, name) && !(builtin !== undefined && values.length > 0)) {
      this.called.add(name);
      const call = functions[name]!;
      return (scope) => call(scope.context, ...values.map((value) => value(scope)));
    }
    if (builtin === undefined) {
      const known = [...Object.keys(functions), ...Object.keys(builtins), ...Object.keys(predicates)];
      throw new Error(`unknown function '${name}'${didYouMean(name, known)}`);
    }
    const { least, most, call } = builtin;
    if (values.length < least || values.length > most) {
      throw new Error(`${name}() takes ${least === most ? least : `${least} to ${most}`} arguments`);
    }
    return (scope) => call(...values.map((value) => value(scope)));
  }

  #predicate(name: string, piped: Step<Context> | undefined): Step<Context> {
    const values = piped ?? this.#expression();
    if (piped === undefined) this.#expect(',');
    this.#predicates++;
    const braces = this.#take('{');
    const predicate = this.#expression();
    if (braces) this.#expect('}');
    this.#predicates--;
    this.#expect(')');
    return (scope) => callPredicate(name, scope, values(scope), predicate as Step<unknown>);
  }

  #list(end: string): Step<Context>[] {
    const steps: Step<Context>[] = [];
    while (!this.#take(end)) {
      if (steps.length > 0) this.#expect(',');
      if (steps.length > 0 && this.#take(end)) break;
      steps.push(this.#expression());
    }
    return steps;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #is(symbol: string): boolean {
    const token = this.#peek();
    return token?.kind === 'symbol' && token.text === symbol;
  }

  #take(symbol: string): boolean {
    const found = this.#is(symbol);
    if (found) this.#at++;
    return found;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) this.#unexpected(`; expected '${symbol}'`);
  }

  #unexpected(hint = ''): never {
    const token = this.#peek();
    if (token === undefined) throw new Error(`unexpected end of the expression${hint}`);
    throw new Error(`unexpected '${token.text}' in column ${token.column}${hint}`);
  }
}

function element(value: Value, index: number): Value {
  const values = typeof value === 'string' ? [...value] : list(value, '[]');
  const found = values.at(index);
  if (found === undefined || !Number.isInteger(index)) throw new Error(`index out of range: ${index}`);
  return found;
}
