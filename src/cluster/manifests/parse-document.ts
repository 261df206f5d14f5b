import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import { readPlainYaml, refused } from './plain-yaml.ts';

/** A document that does not parse, and the line of its file to look at. */
export class DocumentError extends Error {
  readonly code = 'ERR_MANIFEST';
  /** From 1. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/**
 * The value of one document of YAML or JSON (which is tried first where it looks so, being quick).
 * @param line line of the file at which `text` starts
 * @throws {DocumentError}
 */
export function parseDocument(text: string, line: number): unknown {
  if (/^\s*[{[]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // Flow style YAML looks like JSON; and the YAML parser tells the line of what is wrong.
    }
  }
  const value = readPlainYaml(text);
  return value === refused ? parseWithYaml(text, line) : value;
}

/**
 * The kind of a document from its `kind:` line at column 0 (column 2 for an item of a list), undefined when it is
 * not plain to see.
 */
export function kindAtAGlance(bytes: Buffer, item: boolean): string | undefined {
  const label = item ? '\n  kind: ' : '\nkind: ';
  let from = bytes.indexOf(label, 0, 'latin1');
  if (from >= 0) from += label.length;
  else {
    const first = item ? '- kind: ' : 'kind: ';
    if (bytes.toString('latin1', 0, first.length) !== first) return undefined;
    from = first.length;
  }
  const match = /^ *["']?([A-Za-z]+)["']?(?:[\s#]|$)/.exec(bytes.toString('latin1', from, from + 80));
  return match?.[1];
}

const require = createRequire(import.meta.url);
let yaml: typeof Yaml | undefined;

function parseWithYaml(text: string, line: number): unknown {
  // Loaded when first needed: dumps of clusters never need it, and it takes several megabytes.
  yaml ??= require('yaml') as typeof Yaml;
  const document = yaml.parseDocument(text, { prettyErrors: false, merge: true, logLevel: 'silent' });
  const error = document.errors[0];
  if (error !== undefined) {
    throw new DocumentError(firstLine(error.message), line + newlinesBefore(text, error.pos[0]));
  }
  try {
    return document.toJS();
  } catch (failure) {
    // An alias without anchor, or too many of them.
    throw new DocumentError(firstLine((failure as Error).message), line);
  }
}

function firstLine(message: string): string {
  const end = message.indexOf('\n');
  return end < 0 ? message : message.slice(0, end);
}

function newlinesBefore(text: string, position: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
