import { MAXIMUM_TEXT } from './functions.ts';
import type { Branch, Command, Node, Operand, Pipeline, Range } from './nodes.ts';
import { TemplateError } from './template-error.ts';
import { isTrue, kindOf, sortedKeys, valueText } from './values.ts';
import type { Fields, Value } from './values.ts';

/** Steps that one execution may take: loops within loops over what a client sends stay short. */
const MAXIMUM_STEPS = 10_000;

/** Why a list of nodes ended: it was done, or a loop is to be left or to go on. */
type Outcome = 'done' | 'break' | 'continue';

/** One execution of a template: its variables, and what has been written so far. */
export class Execution {
  text = '';
  readonly #variables: Value[];
  #steps = 0;
  #line = 1;

  constructor(data: Value) {
    this.#variables = [data];
  }

  /** @throws TemplateError */
  run(nodes: readonly Node[]): void {
    try {
      this.#list(nodes, this.#variables[0]);
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      throw new TemplateError(this.#line, error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  }

  #list(nodes: readonly Node[], dot: Value): Outcome {
    for (const node of nodes) {
      this.#step();
      switch (node.kind) {
        case 'text':
          this.#write(node.text);
          break;
        case 'action': {
          this.#line = node.line;
          const value = this.#pipeline(node.pipeline, dot);
          if (node.pipeline.variables.length === 0) this.#write(valueText(value));
          break;
        }
        case 'break':
        case 'continue':
          return node.kind;
        default: {
          this.#line = node.line;
          const outcome = node.kind === 'range' ? this.#range(node, dot) : this.#branch(node, dot);
          if (outcome !== 'done') return outcome;
        }
      }
    }
    return 'done';
  }

  #branch({ kind, pipeline, body, otherwise }: Branch, dot: Value): Outcome {
    const value = this.#pipeline(pipeline, dot);
    if (!isTrue(value)) return this.#list(otherwise, dot);
    return this.#list(body, kind === 'with' ? value : dot);
  }

  #range(range: Range, dot: Value): Outcome {
    const value = this.#commands(range.pipeline.commands, dot);
    if (typeof value === 'number' || typeof value === 'bigint') {
      let count = 0;
      for (; count < value; count++) if (this.#turn(range, count, count) === 'break') break;
      return count === 0 && value <= 0 ? this.#list(range.otherwise, dot) : 'done';
    }
    if (Array.isArray(value)) {
      const list = value as readonly Value[];
      for (const [index, element] of list.entries()) if (this.#turn(range, index, element) === 'break') break;
      return list.length === 0 ? this.#list(range.otherwise, dot) : 'done';
    }
    if (value instanceof Map) {
      const map = value as ReadonlyMap<string, Value>;
      for (const key of sortedKeys(map)) if (this.#turn(range, key, map.get(key)) === 'break') break;
      return map.size === 0 ? this.#list(range.otherwise, dot) : 'done';
    }
    if (value === undefined || value === null) return this.#list(range.otherwise, dot);
    throw new Error(`range cannot go over ${kindOf(value)}`);
  }

  #turn({ pipeline, body }: Range, key: Value, element: Value): Outcome {
    this.#step();
    const { variables } = pipeline;
    if (variables.length === 1) this.#variables[variables[0]!] = element;
    else if (variables.length === 2) {
      this.#variables[variables[0]!] = key;
      this.#variables[variables[1]!] = element;
    }
    return this.#list(body, element);
  }

  #pipeline({ variables, commands }: Pipeline, dot: Value): Value {
    const value = this.#commands(commands, dot);
    if (variables.length > 0) this.#variables[variables[0]!] = value;
    return value;
  }

  #commands(commands: readonly Command[], dot: Value): Value {
    let value = this.#command(commands[0]!, dot, false, undefined);
    for (let at = 1; at < commands.length; at++) value = this.#command(commands[at]!, dot, true, value);
    return value;
  }

  /** @param piped whether `last` is one more argument */
  #command(command: Command, dot: Value, piped: boolean, last: Value): Value {
    const first = command[0];
    if (first.kind === 'and' || first.kind === 'or') return this.#logic(command, dot, piped, last);
    if (command.length === 1 && !piped) return this.#operand(first, dot);
    const callee = first.kind === 'function' ? first.call : this.#callee(first, dot);
    if (typeof callee !== 'function') throw new Error(`${kindOf(callee)} takes no arguments`);
    const values: Value[] = [];
    for (let at = 1; at < command.length; at++) values.push(this.#operand(command[at]!, dot));
    if (piped) values.push(last);
    return callee(...values);
  }

  /** Values behind the one that decides are not looked at. */
  #logic(command: Command, dot: Value, piped: boolean, last: Value): Value {
    let value: Value = last;
    for (let at = 1; at < command.length; at++) {
      value = this.#operand(command[at]!, dot);
      if (isTrue(value) === (command[0].kind === 'or')) return value;
    }
    return piped ? last : value;
  }

  #operand(operand: Operand, dot: Value): Value {
    this.#step();
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'literal':
        return operand.value;
      case 'variable':
        return this.#variables[operand.slot];
      case 'pipeline':
        return this.#commands(operand.pipeline.commands, dot);
      case 'function':
        return operand.call();
      case 'field': {
        const value = this.#callee(operand, dot);
        return typeof value === 'function' ? value() : value;
      }
      default:
        throw new Error(`${operand.kind} needs arguments`);
    }
  }

  /** A value that may be a method: those of fields are not called. */
  #callee(operand: Operand, dot: Value): Value {
    return operand.kind === 'field'
      ? field(this.#operand(operand.of, dot), operand.name)
      : this.#operand(operand, dot);
  }

  #write(text: string): void {
    this.text += text;
    if (this.text.length > MAXIMUM_TEXT)
      throw new Error(`the text is longer than ${MAXIMUM_TEXT} characters`);
  }

  #step(): void {
    if (++this.#steps > MAXIMUM_STEPS) throw new Error(`more than ${MAXIMUM_STEPS} steps`);
  }
}

function field(of: Value, name: string): Value {
  if (of instanceof Map) return (of as ReadonlyMap<string, Value>).get(name);
  if (typeof of !== 'object' || of === null || Array.isArray(of)) {
    throw new Error(`can't evaluate field ${name} in ${kindOf(of)}`);
  }
  const value = (of as Fields).field(name);
  if (value === undefined) throw new Error(`can't evaluate field ${name}`);
  return value;
}
