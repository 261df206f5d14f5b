import { scan } from './lexer.ts';
import type { Segment, Token } from './lexer.ts';
import type { Node } from './nodes.ts';
import { parsePipeline } from './pipeline-parser.ts';
import type { PipelineScope } from './pipeline-parser.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateFunction } from './values.ts';

/** A template as it is understood. */
export interface Parsed {
  readonly nodes: readonly Node[];
  /** Names of all fields that are read, of whatever. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Parses a template.
 * @throws TemplateError naming the line
 */
export function parse(text: string, functions: Readonly<Record<string, TemplateFunction>>): Parsed {
  const parser = new Parser(scan(text), functions);
  return { nodes: parser.all(), fields: parser.fields };
}

/** What ended a list of nodes. */
interface Ending {
  readonly word: 'end' | 'else';
  readonly line: number;
  /** What stands behind `else`. */
  readonly tokens: readonly Token[];
}

const UNSUPPORTED = ['define', 'template', 'block'];
/** Deeper nesting than anybody writes; keeps it from exhausting the stack. */
const MAXIMUM_DEPTH = 100;

class Parser implements PipelineScope {
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  readonly fields = new Set<string>();
  /** Names of the variables in sight; a variable's slot is its place. `$` has none but its sign. */
  readonly variables: string[] = [''];
  readonly #segments: readonly Segment[];
  #at = 0;
  #loops = 0;
  #depth = 0;

  constructor(segments: readonly Segment[], functions: Readonly<Record<string, TemplateFunction>>) {
    this.#segments = segments;
    this.functions = functions;
  }

  all(): Node[] {
    const nodes: Node[] = [];
    const ending = this.#list(nodes);
    if (ending !== undefined) throw new TemplateError(ending.line, `unexpected {{${ending.word}}}`);
    return nodes;
  }

  #list(nodes: Node[]): Ending | undefined {
    for (let segment = this.#segments[this.#at]; segment !== undefined; segment = this.#segments[this.#at]) {
      this.#at++;
      const { line, text, tokens = [] } = segment;
      if (text !== undefined) {
        nodes.push({ kind: 'text', text });
        continue;
      }
      const [first, ...rest] = tokens;
      const word = first?.kind === 'word' ? first.text : '';
      if (word === 'end' || word === 'else') {
        if (word === 'end') this.#nothing(rest, line, 'end');
        return { word, line, tokens: rest };
      }
      nodes.push(this.#action(word, tokens, line));
    }
    return undefined;
  }

  #action(word: string, tokens: readonly Token[], line: number): Node {
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        return this.#control(word, tokens.slice(1), line);
      case 'break':
      case 'continue':
        this.#nothing(tokens.slice(1), line, word);
        if (this.#loops === 0) throw new TemplateError(line, `{{${word}}} outside of {{range}}`);
        return { kind: word };
      default:
        if (UNSUPPORTED.includes(word)) throw new TemplateError(line, `{{${word}}} is not supported here`);
        return { kind: 'action', line, pipeline: parsePipeline(tokens, line, this, 'action') };
    }
  }

  #control(kind: 'if' | 'with' | 'range', tokens: readonly Token[], line: number): Node {
    if (++this.#depth > MAXIMUM_DEPTH) throw new TemplateError(line, 'nested too deep');
    const inSight = this.variables.length;
    const pipeline = parsePipeline(tokens, line, this, kind);
    const ownVariables = this.variables.length;
    const body: Node[] = [];
    const otherwise: Node[] = [];
    if (kind === 'range') this.#loops++;
    const ending = this.#list(body);
    if (kind === 'range') this.#loops--;
    this.variables.length = ownVariables;
    if (ending === undefined) throw this.#unclosed(kind, line);
    if (ending.word === 'else') this.#otherwise(kind, ending, otherwise, line);
    this.variables.length = inSight;
    this.#depth--;
    return { kind, line, pipeline, body, otherwise };
  }

  #otherwise(kind: 'if' | 'with' | 'range', { tokens, line }: Ending, nodes: Node[], start: number): void {
    const [first, ...rest] = tokens;
    if (first?.kind === 'word' && first.text === kind && kind !== 'range') {
      // One {{end}} closes the whole of if … else if … else.
      nodes.push(this.#control(kind, rest, line));
      return;
    }
    this.#nothing(tokens, line, 'else');
    const ending = this.#list(nodes);
    if (ending === undefined) throw this.#unclosed(kind, start);
    if (ending.word === 'else')
      throw new TemplateError(ending.line, 'expected {{end}}, not another {{else}}');
  }

  #nothing([unexpected]: readonly Token[], line: number, word: string): void {
    if (unexpected !== undefined)
      throw new TemplateError(line, `unexpected '${unexpected.text}' in {{${word}}}`);
  }

  #unclosed(kind: string, line: number): TemplateError {
    return new TemplateError(line, `{{${kind}}} has no {{end}}`);
  }
}
