import { Execution } from './evaluator.ts';
import { builtins } from './functions.ts';
import type { Node } from './nodes.ts';
import { parse } from './parser.ts';
import type { TemplateFunction, Value } from './values.ts';

export { TemplateError } from './template-error.ts';
export { parseUnsigned } from './functions.ts';
export type { Fields, TemplateFunction, Value } from './values.ts';

/**
 * A template in the language of Go's text/template, but `define`, `template` and `block`. Understood once;
 * executing it takes a limited number of steps and makes a text of limited length.
 * @example new GoTemplate('{{ .Name }} 60 IN A 192.0.2.1').execute({ field: () => 'web.' })
 */
export class GoTemplate {
  readonly source: string;
  /** Names of all fields that are read, at any depth. */
  readonly fields: ReadonlySet<string>;
  /** The text, where it has no actions and so is always the same. */
  readonly literal: string | undefined;
  readonly #nodes: readonly Node[];

  /**
   * @param functions beside Go's own
   * @throws TemplateError
   */
  constructor(source: string, functions: Readonly<Record<string, TemplateFunction>> = {}) {
    this.source = source;
    const { nodes, fields } = parse(source, { ...builtins, ...functions });
    this.#nodes = nodes;
    this.fields = fields;
    this.literal = nodes.every((node) => node.kind === 'text')
      ? nodes.map((node) => node.text).join('')
      : undefined;
  }

  /**
   * The text that the template makes of some data.
   * @throws TemplateError
   */
  execute(data: Value): string {
    if (this.literal !== undefined) return this.literal;
    const execution = new Execution(data);
    execution.run(this.#nodes);
    return execution.text;
  }
}
