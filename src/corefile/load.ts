import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { CorefileError, parseCorefile, type Corefile } from './corefile.ts';
import type { Environment } from './environment.ts';

/** Where a Corefile is looked for, and what parsing it needs; everything but the first four has a default. */
export interface LoadOptions {
  /** The flag `-conf`: a file, `stdin`, or '' when it is not given. */
  readonly conf: string;
  readonly environment: Environment;
  /** Port of plain DNS keys without one (`-dns.port`). */
  readonly defaultPort: number;
  warn(message: string): void;
  /** Reads a file as text; throws as `fs.readFileSync` does. */
  readFile?(path: string): string;
  /** The files that match an import pattern, sorted. */
  glob?(pattern: string): readonly string[];
  /** All of standard input; undefined when that is a terminal. Asked anew by every load, also by a reload. */
  readStandardInput?(): string | undefined;
}

/**
 * Finds and parses the Corefile: `-conf FILE`, `-conf stdin`, else `./Corefile`, else a builtin that answers
 * `whoami` for `.` and logs. The builtin also stands in for a Corefile without a server block.
 * @throws CorefileError when it cannot be read or has a mistake.
 */
export function loadCorefile(options: LoadOptions): Corefile {
  const input = find(options);
  if (input === undefined) return builtin(options, []);
  const corefile = parse(input.text, input.file, options);
  const files = input.isFile ? corefile.files : corefile.files.filter((file) => file !== input.file);
  if (corefile.blocks.length === 0) return builtin(options, files);
  return { ...corefile, files };
}

/**
 * SHA-512 in hexadecimal over the words of a Corefile with their files and lines, imports and environment included:
 * editing a comment in place does not change it, moving a line does.
 */
export function corefileHash(corefile: Corefile): string {
  return createHash('sha512').update(JSON.stringify(corefile.tokens)).digest('hex');
}

interface Input {
  readonly text: string;
  readonly file: string;
  readonly isFile: boolean;
}

function find(options: LoadOptions): Input | undefined {
  if (options.conf === 'stdin') {
    const text = options.readStandardInput === undefined ? standardInput() : options.readStandardInput();
    if (text !== undefined) return { text, file: 'stdin', isFile: false };
  } else if (options.conf !== '') {
    return { text: read(options.conf, options), file: options.conf, isFile: true };
  }
  try {
    return { text: read('Corefile', options), file: 'Corefile', isFile: true };
  } catch (error) {
    const { cause } = error as CorefileError;
    if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

function read(file: string, options: LoadOptions): string {
  try {
    return readWith(options, file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = REASONS.get(code) ?? message;
    throw new CorefileError(undefined, `${file}: cannot read the Corefile: ${reason}`, { cause });
  }
}

const REASONS: ReadonlyMap<string | undefined, string> = new Map([
  ['ENOENT', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
]);

function builtin(options: LoadOptions, files: readonly string[]): Corefile {
  return { ...parse('. {\n    whoami\n    log\n}\n', 'builtin', options), files };
}

function parse(text: string, file: string, options: LoadOptions): Corefile {
  return parseCorefile(text, {
    file,
    environment: options.environment,
    defaultPort: options.defaultPort,
    readFile: (path) => readWith(options, path),
    warn: (message) => {
      options.warn(message);
    },
    ...(options.glob === undefined ? {} : { glob: (pattern: string) => options.glob?.(pattern) ?? [] }),
  });
}

function readWith(options: LoadOptions, path: string): string {
  return options.readFile === undefined ? readFileSync(path, 'utf8') : options.readFile(path);
}

/** A process has one standard input and it can be read once, so a reload gets what the start got. */
let standardInputText: string | undefined;

function standardInput(): string | undefined {
  if (isatty(0)) return undefined;
  standardInputText ??= readFileSync(0, 'utf8');
  return standardInputText;
}
