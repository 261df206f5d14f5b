import { dirname, isAbsolute, join, resolve } from 'node:path';
import { substituteEnvironment, type Environment } from './environment.ts';
import { CorefileError, type Position } from './error.ts';
import { isPattern } from './glob.ts';
import { tokenise, type Token } from './lexer.ts';
import { didYouMean } from './nearest.ts';

/** What an `import` needs of the world. */
export interface ImportSources {
  readonly environment: Environment;
  readFile(path: string): string;
  glob(pattern: string): readonly string[];
  warn(message: string): void;
}

/**
 * The words of a Corefile in the order they count, each `import` line replaced by the words of its snippet or files.
 * Words are looked up one at a time, so a snippet must be defined above the import that uses it.
 */
export class TokenStream {
  /** Every file read, the Corefile first, each once. */
  readonly files = new Set<string>();
  /** The word that `next` returned last. */
  last: Token | undefined;
  readonly #sources: ImportSources;
  readonly #snippets = new Map<string, readonly Token[]>();
  readonly #filesRead = new Map<string, readonly Token[]>();
  #frames: Frame[];
  #snippetImports = 0;
  #fileImports = 0;

  constructor(text: string, file: string, sources: ImportSources) {
    this.#sources = sources;
    this.files.add(file);
    const origin = { name: fileOrigin(file), importedBy: undefined };
    this.#frames = [{ tokens: tokenise(text, file), next: 0, origin }];
  }

  /** The next word, imports done, without taking it; undefined at the end. */
  peek(): Token | undefined {
    for (;;) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return undefined;
      const token = frame.tokens[frame.next];
      if (token === undefined) this.#frames.pop();
      else if (token.startsLine && !token.quoted && token.text === 'import') this.#import(frame, token);
      else return token;
    }
  }

  /** Takes the next word, imports done. */
  next(): Token | undefined {
    const token = this.peek();
    if (token !== undefined) this.#take();
    return token;
  }

  /** Takes the body of a snippet up to its closing brace, with the imports left in; the opening brace is taken. */
  defineSnippet(name: string, position: Position): void {
    if (this.#snippets.has(name)) {
      throw new CorefileError(position, `redeclaration of previously declared snippet ${name}`);
    }
    const body: Token[] = [];
    for (let depth = 1; ;) {
      const frame = this.#frames.at(-1);
      const token = frame?.tokens[frame.next];
      if (token === undefined) {
        throw new CorefileError(position, `unexpected end of file: expected '}' to close snippet ${name}`);
      }
      this.#take();
      if (isBrace(token, '{')) depth++;
      else if (isBrace(token, '}') && --depth === 0) break;
      body.push(token);
    }
    this.#snippets.set(name, body);
  }

  #take(): void {
    const frame = this.#frames.at(-1);
    if (frame !== undefined) this.last = frame.tokens[frame.next++];
  }

  #import(frame: Frame, statement: Token): void {
    const argument = frame.tokens[frame.next + 1];
    const extra = frame.tokens[frame.next + 2];
    if (argument === undefined || argument.startsLine) {
      throw new CorefileError(
        statement,
        "wrong argument count or unexpected line ending after 'import'; expected a snippet, a file or a pattern",
      );
    }
    if (extra !== undefined && !extra.startsLine) {
      throw new CorefileError(
        extra,
        `import takes only one argument (a snippet, a file or a pattern), unexpected '${extra.text}'`,
      );
    }
    frame.next += 2;
    const name = substituteEnvironment(argument.text, this.#sources.environment);
    if (name === '')
      throw new CorefileError(argument, 'import requires a non-empty file path or snippet name');
    const snippet = this.#snippets.get(name);
    if (snippet === undefined) this.#importFiles(name, frame.origin, argument);
    else this.#importSnippet(name, snippet, frame.origin, argument);
  }

  #importSnippet(name: string, tokens: readonly Token[], importedBy: Origin, position: Position): void {
    if (++this.#snippetImports > MAXIMUM_SNIPPET_IMPORTS) {
      throw new CorefileError(
        position,
        `more than ${MAXIMUM_SNIPPET_IMPORTS} snippet imports; do they form a cycle?`,
      );
    }
    const origin = { name: `snippet ${name}`, importedBy };
    refuseCycle(origin, position);
    this.#frames.push({ tokens, next: 0, origin });
  }

  #importFiles(name: string, importedBy: Origin, position: Position): void {
    const path = isAbsolute(name) ? name : join(dirname(position.file), name);
    const frames = this.#matches(name, path, position).map((file) => {
      if (++this.#fileImports > MAXIMUM_FILE_IMPORTS) {
        throw new CorefileError(
          position,
          `more than ${MAXIMUM_FILE_IMPORTS} file imports; do they form a cycle?`,
        );
      }
      const origin = { name: fileOrigin(file), importedBy };
      refuseCycle(origin, position);
      return { tokens: this.#fileTokens(file, name, position), next: 0, origin };
    });
    this.#frames.push(...frames.reverse());
  }

  #matches(name: string, path: string, position: Position): readonly string[] {
    if (!isPattern(name)) return [path];
    if (count(name, '*') > 1 || count(name, '?') > 1 || name.includes('[') || name.includes(']')) {
      throw new CorefileError(
        position,
        `glob pattern may only contain one wildcard '*' and one '?', and no set '[...]': ${name}`,
      );
    }
    const files = this.#sources.glob(path);
    if (files.length === 0) {
      this.#sources.warn(`${position.file}:${position.line}: no files matching import glob pattern: ${name}`);
    }
    return files;
  }

  #fileTokens(file: string, name: string, position: Position): readonly Token[] {
    const known = this.#filesRead.get(file);
    if (known !== undefined) return known;
    const tokens = tokenise(this.#read(file, name, position), file);
    this.files.add(file);
    this.#filesRead.set(file, tokens);
    return tokens;
  }

  #read(file: string, name: string, position: Position): string {
    try {
      return this.#sources.readFile(file);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      let problem = `could not import ${file}: ${code === 'EISDIR' ? 'is a directory' : message}`;
      if (code === 'ENOENT') {
        problem = `file to import not found: ${file}, and no snippet ${name} is defined above`;
        problem += didYouMean(name, this.#snippets.keys());
      }
      throw new CorefileError(position, problem, { cause });
    }
  }
}

/** Whether a word is the brace itself and not a quoted one. */
export function isBrace(token: Token | undefined, brace: '{' | '}'): boolean {
  return token?.text === brace && !token.quoted;
}

/** Caddy's limits; they bound what snippets that import each other twice, twice, twice can cost. */
const MAXIMUM_SNIPPET_IMPORTS = 10_000;
const MAXIMUM_FILE_IMPORTS = 100_000;

interface Origin {
  readonly name: string;
  readonly importedBy: Origin | undefined;
}

interface Frame {
  readonly tokens: readonly Token[];
  next: number;
  readonly origin: Origin;
}

function fileOrigin(file: string): string {
  return `file ${resolve(file)}`;
}

/** There are no conditions in a Corefile: what imports itself would do so for ever. */
function refuseCycle(origin: Origin, position: Position): void {
  const path = [origin.name];
  for (let ancestor = origin.importedBy; ancestor !== undefined; ancestor = ancestor.importedBy) {
    path.unshift(ancestor.name);
    if (ancestor.name === origin.name) {
      throw new CorefileError(position, `import cycle: ${path.join(' imports ')}`);
    }
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
