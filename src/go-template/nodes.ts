import type { TemplateFunction, Value } from './values.ts';

/** A part of a template, ready to be carried out. Lines are counted from 1. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly line: number; readonly pipeline: Pipeline }
  | Branch
  | Range
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' };

/** `if` and `with`: the latter makes the value the dot. */
export interface Branch {
  readonly kind: 'if' | 'with';
  readonly line: number;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

export interface Range {
  readonly kind: 'range';
  readonly line: number;
  /** Its variables are the loop's: index and element, or the element alone. */
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Commands, each of which gets the value of the one before as its last argument. */
export interface Pipeline {
  /** Slots of the variables that get the value. */
  readonly variables: readonly number[];
  readonly commands: readonly Command[];
}

/** A value, or something that is called: the first operand, with the others as arguments. */
export type Command = readonly [Operand, ...Operand[]];

export type Operand =
  | { readonly kind: 'dot' }
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'variable'; readonly slot: number }
  | { readonly kind: 'field'; readonly of: Operand; readonly name: string }
  | { readonly kind: 'function'; readonly name: string; readonly call: TemplateFunction }
  | { readonly kind: 'and' | 'or' }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline };
