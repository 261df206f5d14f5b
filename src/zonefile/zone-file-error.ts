/** A place in a zone file. */
export interface ZoneFilePosition {
  /** The file as it was named. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What is wrong with a zone file, worded for its author: `db.example.org:12: message`. All that parsing throws. */
export class ZoneFileError extends Error {
  readonly code = 'ERR_ZONE_FILE';
  override readonly name = 'ZoneFileError';
  readonly file: string;
  readonly line: number;
  /** The message without file and line. */
  readonly detail: string;

  constructor(position: ZoneFilePosition, detail: string, options?: ErrorOptions) {
    super(`${position.file}:${position.line}: ${detail}`, options);
    this.file = position.file;
    this.line = position.line;
    this.detail = detail;
  }
}
