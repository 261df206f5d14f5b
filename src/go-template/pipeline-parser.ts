import type { Token } from './lexer.ts';
import type { Command, Operand, Pipeline } from './nodes.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateFunction } from './values.ts';

/** What a pipeline finds around it. */
export interface PipelineScope {
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  /** Names of the variables in sight by slot; declarations are added. */
  readonly variables: string[];
  /** Names of fields are added. */
  readonly fields: Set<string>;
}

/** Where the pipeline stands; `range` declares two variables. */
export type Place = 'action' | 'if' | 'with' | 'range' | 'parentheses';

/**
 * Parses what stands in an action, or behind its keyword.
 * @throws TemplateError
 */
export function parsePipeline(
  tokens: readonly Token[],
  line: number,
  scope: PipelineScope,
  place: Place,
): Pipeline {
  return new PipelineParser(tokens, line, scope).whole(place);
}

class PipelineParser {
  readonly #tokens: readonly Token[];
  readonly #line: number;
  readonly #scope: PipelineScope;
  #at = 0;

  constructor(tokens: readonly Token[], line: number, scope: PipelineScope) {
    this.#tokens = tokens;
    this.#line = line;
    this.#scope = scope;
  }

  whole(place: Place): Pipeline {
    const { names, declares } = this.#targets(place);
    const commands = this.#commands(place);
    const left = this.#peek();
    if (left !== undefined) this.#fail(`unexpected '${left.text}'`);
    // Only now: a variable is not in sight of its own value.
    const variables = names.map((name) => (declares ? this.#declare(name) : this.#slot(name)));
    return { variables, commands };
  }

  /** `$x :=`, `$x =`, `$i, $x :=`. */
  #targets(place: Place): { names: string[]; declares: boolean } {
    const start = this.#at;
    const names: string[] = [];
    while (this.#peek()?.kind === 'variable') {
      names.push(this.#tokens[this.#at++]!.text);
      const symbol = this.#symbol();
      if (symbol === ':=' || symbol === '=') {
        this.#at++;
        if (names.includes('')) this.#fail('$ cannot be set');
        return { names, declares: symbol === ':=' };
      }
      if (symbol !== ',' || place !== 'range' || names.length > 1) break;
      this.#at++;
    }
    this.#at = start;
    return { names: [], declares: false };
  }

  #commands(place: Place): Command[] {
    const commands: Command[] = [];
    for (;;) {
      const command = this.#command();
      const [first, ...rest] = command;
      const callable = first.kind === 'function' || first.kind === 'and' || first.kind === 'or';
      if (first.kind === 'literal' && (rest.length > 0 || commands.length > 0)) {
        this.#fail('a literal cannot be called: it takes no arguments');
      }
      if (first.kind === 'dot' && (rest.length > 0 || commands.length > 0)) this.#fail('. cannot be called');
      if (callable && rest.length === 0 && commands.length === 0 && first.kind !== 'function') {
        this.#fail(`${first.kind} needs arguments`);
      }
      commands.push(command);
      if (this.#symbol() !== '|') return commands;
      this.#at++;
      if (this.#peek() === undefined) this.#fail(`missing value behind '|' (${place})`);
    }
  }

  #command(): Command {
    const operands: Operand[] = [];
    for (;;) {
      const token = this.#peek();
      const symbol = this.#symbol();
      if (token === undefined || symbol === '|' || symbol === ')') break;
      if (operands.length > 0 && !token.spaced) this.#fail(`unexpected '${token.text}'`);
      operands.push(this.#operand());
    }
    const [first, ...rest] = operands;
    if (first === undefined) return this.#fail('missing value');
    return [first, ...rest];
  }

  /** A term with its chain of fields: `.Group.a`, `$x.Name`, `(index .List 0).Name`. */
  #operand(): Operand {
    let operand = this.#term();
    for (let next = this.#peek(); next?.kind === 'field' && !next.spaced; next = this.#peek()) {
      if (operand.kind === 'literal' || operand.kind === 'function') this.#fail(`unexpected '.${next.text}'`);
      this.#at++;
      operand = this.#field(operand, next.text);
    }
    return operand;
  }

  #term(): Operand {
    const token = this.#tokens[this.#at++]!;
    switch (token.kind) {
      case 'field':
        return this.#field({ kind: 'dot' }, token.text);
      case 'variable':
        return { kind: 'variable', slot: this.#slot(token.text) };
      case 'literal':
        return { kind: 'literal', value: token.value };
      case 'dot':
        return { kind: 'dot' };
      case 'word':
        return this.#word(token.text);
      default:
        if (token.text === '(') return this.#parentheses();
        return this.#fail(`unexpected '${token.text}'`);
    }
  }

  #word(word: string): Operand {
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
    if (word === 'nil') return { kind: 'literal', value: null };
    if (word === 'and' || word === 'or') return { kind: word };
    const { functions } = this.#scope;
    if (!Object.hasOwn(functions, word)) this.#fail(`function '${word}' is not defined`);
    return { kind: 'function', name: word, call: functions[word]! };
  }

  #parentheses(): Operand {
    const commands = this.#commands('parentheses');
    if (this.#symbol() !== ')') this.#fail("'(' is not closed");
    this.#at++;
    return { kind: 'pipeline', pipeline: { variables: [], commands } };
  }

  #field(of: Operand, name: string): Operand {
    this.#scope.fields.add(name);
    return { kind: 'field', of, name };
  }

  #declare(name: string): number {
    return this.#scope.variables.push(name) - 1;
  }

  #slot(name: string): number {
    const slot = this.#scope.variables.lastIndexOf(name);
    return slot >= 0 ? slot : this.#fail(`variable '$${name}' is not defined`);
  }

  #symbol(): string | undefined {
    const token = this.#peek();
    return token?.kind === 'symbol' ? token.text : undefined;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #fail(message: string): never {
    throw new TemplateError(this.#line, message);
  }
}
