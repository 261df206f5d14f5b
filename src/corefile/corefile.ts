import { substituteEnvironment, type Environment } from './environment.ts';
import { CorefileError, type Position } from './error.ts';
import { glob } from './glob.ts';
import type { Token } from './lexer.ts';
import { isBrace, TokenStream } from './token-stream.ts';
import { parseZoneKey, type ZoneKey } from './zone.ts';

export { CorefileError, type Position } from './error.ts';

/** One line of a server block, or of another directive's braces. */
export interface Directive extends Position {
  /** First word of the line. */
  readonly name: string;
  /** The other words, without quotes, environment variables substituted. */
  readonly arguments: readonly string[];
  /** The lines between the braces: undefined without braces, [] when there is nothing between them. */
  readonly block: readonly Directive[] | undefined;
}

/** A list of zones and the directives that serve them. */
export interface ServerBlock extends Position {
  /** Normalised, networks expanded to reverse zones, in Corefile order. */
  readonly keys: readonly ZoneKey[];
  /** In Corefile order; a repeated directive is there as often as it was written. */
  readonly directives: readonly Directive[];
}

/** A parsed Corefile with all it imports. */
export interface Corefile {
  readonly file: string;
  readonly blocks: readonly ServerBlock[];
  /** Every file read, for reload. */
  readonly files: readonly string[];
  /** The words of each block, for `corefileHash`. */
  readonly tokens: readonly BlockTokens[];
}

/** The words of a server block by directive, in the shape and with the names of Caddy's JSON. */
export interface BlockTokens {
  readonly Keys: readonly string[];
  readonly Tokens: Readonly<Record<string, readonly TextToken[]>>;
}

/** A word and where it stands. */
export interface TextToken {
  readonly File: string;
  readonly Line: number;
  readonly Text: string;
}

/** What parsing needs of the world. */
export interface ParseOptions {
  /** The Corefile's name for messages; imports are relative to its directory. */
  readonly file: string;
  readonly environment: Environment;
  /** Reads an imported file as text; throws as `fs.readFileSync` does (ENOENT, EISDIR). */
  readFile(path: string): string;
  /** The files that match an import pattern, sorted; the file system's by default. */
  glob?(pattern: string): readonly string[];
  /** Told what is odd but no error: a pattern without matches, a block without zones. */
  warn(message: string): void;
  /** Port of plain DNS keys without one (`-dns.port`). */
  readonly defaultPort: number;
}

/**
 * Parses a Corefile: snippets, imports and environment variables are resolved, keys normalised. Which directives
 * exist is the caller's business.
 * @throws CorefileError naming file and line of the first mistake, and nothing else.
 */
export function parseCorefile(text: string, options: ParseOptions): Corefile {
  return new Parser(text, options).parse();
}

/** Deeper than any plugin reads; keeps hostile nesting from exhausting the stack. */
const MAXIMUM_DEPTH = 32;

class Parser {
  readonly #options: ParseOptions;
  readonly #stream: TokenStream;
  readonly #blocks: ServerBlock[] = [];
  readonly #tokens: BlockTokens[] = [];
  #recorded: TextToken[] = [];

  constructor(text: string, options: ParseOptions) {
    this.#options = options;
    this.#stream = new TokenStream(text, options.file, {
      environment: options.environment,
      readFile: (path) => options.readFile(path),
      glob: (pattern) => (options.glob === undefined ? glob(pattern) : options.glob(pattern)),
      warn: (message) => {
        options.warn(message);
      },
    });
  }

  parse(): Corefile {
    for (let token = this.#stream.peek(); token !== undefined; token = this.#stream.peek())
      this.#topLevel(token);
    const files = [...this.#stream.files];
    return { file: this.#options.file, blocks: this.#blocks, files, tokens: this.#tokens };
  }

  #topLevel(first: Token): void {
    const position = { file: first.file, line: first.line };
    const keys = this.#keys();
    const name = keys[0]?.text ?? '';
    if (keys.length === 1 && name.startsWith('(') && name.endsWith(')')) {
      if (!this.#takeBrace('{')) {
        throw new CorefileError(position, `snippet ${name} needs a block: expected '{' behind it`);
      }
      this.#stream.defineSnippet(name.slice(1, -1), position);
      return;
    }
    const zoneKeys = keys.flatMap((key) => parseZoneKey(key.text, key, this.#options.defaultPort));
    for (const key of zoneKeys) this.#warnOfOddZone(key, position);
    const words = new Map<string, TextToken[]>();
    const directives = this.#serverBlock(position, words);
    if (keys.length === 0) {
      this.#warn(position, 'server block without a zone is ignored');
      return;
    }
    this.#blocks.push({ ...position, keys: zoneKeys, directives });
    this.#tokens.push({ Keys: keys.map((key) => key.text), Tokens: sortedRecord(words) });
  }

  /** Keys end at the line's end, unless a comma stands there, or at the opening brace. */
  #keys(): Token[] {
    const keys: Token[] = [];
    let expectsAnother = false;
    for (let first = true; ; first = false) {
      const token = this.#stream.peek();
      if (token === undefined) {
        if (expectsAnother) throw this.#endOfFile('expected another zone after the comma');
        return keys;
      }
      if (isBrace(token, '{')) {
        if (!expectsAnother) return keys;
        throw new CorefileError(token, "expected another zone but had '{'; check for extra comma");
      }
      if (isBrace(token, '}')) {
        throw new CorefileError(token, "unexpected '}' because no matching opening brace; expected a zone");
      }
      if (!first && !expectsAnother && token.startsLine) return keys;
      this.#stream.next();
      const text = substituteEnvironment(token.text, this.#options.environment);
      if (text === '') continue; // a variable that is not set, or ""
      expectsAnother = text.endsWith(',');
      keys.push({ ...token, text: expectsAnother ? text.slice(0, -1) : text });
    }
  }

  #serverBlock(position: Position, words: Map<string, TextToken[]>): Directive[] {
    const directives: Directive[] = [];
    const braces = this.#takeBrace('{');
    for (let token = this.#stream.peek(); token !== undefined; token = this.#stream.peek()) {
      if (this.#takeBrace('}')) {
        // Caddy takes a lone closing brace for the end of a block that had no opening one.
        if (!braces) this.#warn(token, "'}' without an opening brace ends the server block");
        return directives;
      }
      this.#recorded = [];
      const directive = this.#directive(0);
      directives.push(directive);
      words.set(directive.name, [...(words.get(directive.name) ?? []), ...this.#recorded]);
    }
    if (braces) throw this.#endOfFile(`expected '}' to close the server block of line ${position.line}`);
    return directives;
  }

  #directive(depth: number): Directive {
    const first = this.#take();
    if (isBrace(first, '{')) {
      throw new CorefileError(
        first,
        "unexpected '{' at the start of a line: expected it on the same line as its directive",
      );
    }
    const words: string[] = [];
    let block: Directive[] | undefined;
    for (let token = this.#stream.peek(); token !== undefined; token = this.#stream.peek()) {
      if (block === undefined && token.startsLine) break;
      if (isBrace(token, '}') && (depth > 0 || token.startsLine)) break;
      if (isBrace(token, '}')) {
        throw new CorefileError(
          token,
          "unexpected '}' because no matching opening brace; expected it on a line of its own",
        );
      }
      if (block !== undefined) {
        if (token.startsLine) break;
        throw new CorefileError(token, `unexpected '${token.text}' after '}'; expected the end of the line`);
      }
      if (isBrace(token, '{')) block = this.#block(this.#take(), depth + 1);
      else words.push(this.#text(this.#take()));
    }
    return { file: first.file, line: first.line, name: this.#text(first), arguments: words, block };
  }

  #block(opening: Token, depth: number): Directive[] {
    if (depth > MAXIMUM_DEPTH) {
      throw new CorefileError(
        opening,
        `blocks are nested too deep; expected at most ${MAXIMUM_DEPTH} levels`,
      );
    }
    const lines: Directive[] = [];
    for (let token = this.#stream.peek(); token !== undefined; token = this.#stream.peek()) {
      if (isBrace(token, '}')) {
        this.#take();
        return lines;
      }
      lines.push(this.#directive(depth));
    }
    throw this.#endOfFile(`expected '}' to close the block of line ${opening.line}`);
  }

  /** Takes a word that is known to be there and writes it down for the hash. */
  #take(): Token {
    const token = this.#stream.next();
    if (token === undefined) throw this.#endOfFile('expected a directive');
    this.#recorded.push({ File: token.file, Line: token.line, Text: this.#text(token) });
    return token;
  }

  #takeBrace(brace: '{' | '}'): boolean {
    const found = isBrace(this.#stream.peek(), brace);
    if (found) this.#stream.next();
    return found;
  }

  #text(token: Token): string {
    return substituteEnvironment(token.text, this.#options.environment);
  }

  #endOfFile(expected: string): CorefileError {
    const position = this.#stream.last ?? { file: this.#options.file, line: 1 };
    return new CorefileError(position, `unexpected end of file: ${expected}`);
  }

  #warnOfOddZone(key: ZoneKey, position: Position): void {
    if (!key.zone.includes(':') && !key.zone.includes(',')) return;
    this.#warn(
      position,
      `zone '${key.zone}' contains '${key.zone.includes(':') ? ':' : ','}'; is that meant?`,
    );
  }

  #warn(position: Position, message: string): void {
    this.#options.warn(`${position.file}:${position.line}: ${message}`);
  }
}

function sortedRecord(words: ReadonlyMap<string, TextToken[]>): Record<string, TextToken[]> {
  return Object.fromEntries([...words].sort(([left], [right]) => (left < right ? -1 : Number(left > right))));
}
