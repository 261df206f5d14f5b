/** A place in a Corefile or in a file it imports. */
export interface Position {
  /** The file as the operator named it: not resolved, not made absolute. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * What is wrong with a Corefile, worded for its author: `Corefile:12: message`.
 * Without a position (a Corefile that cannot be read) the message stands alone.
 */
export class CorefileError extends Error {
  readonly code = 'ERR_COREFILE';
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** The message without file and line. */
  readonly detail: string;

  constructor(position: Position | undefined, message: string, options?: ErrorOptions) {
    super(position === undefined ? message : `${position.file}:${position.line}: ${message}`, options);
    this.name = 'CorefileError';
    this.file = position?.file;
    this.line = position?.line;
    this.detail = message;
  }

  /** The same error said by a part of the server: `Corefile:12: plugin/forward: message`. */
  withPrefix(prefix: string): CorefileError {
    if (this.detail.startsWith(`${prefix}: `)) return this;
    const position =
      this.file === undefined || this.line === undefined ? undefined : { file: this.file, line: this.line };
    return new CorefileError(position, `${prefix}: ${this.detail}`, { cause: this });
  }
}
