import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { StoredInput } from '../stored-inputs.ts';
import { CHECKSUM_LENGTH, checksumLine } from './checksum-line.ts';
import { readObjectLine } from './object-line.ts';
import type { StoreMark } from './object-line.ts';
import { SnapshotError } from './snapshot-error.ts';
import { readHeaderLine } from './snapshot-header.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

/** Bytes that are read and understood in one go: a millisecond or two of this thread. */
const CHUNK = 32 * 1024;
/** A slice of a thousand endpoints takes a fortieth of it. */
const LONGEST_LINE = 4 * 1024 * 1024;

/** A snapshot whose bytes are those that were written. */
export class OpenSnapshot {
  readonly header: SnapshotHeader;
  readonly #file: FileHandle;
  /** Where the objects end. */
  readonly #end: number;

  private constructor(file: FileHandle, header: SnapshotHeader, end: number) {
    this.#file = file;
    this.header = header;
    this.#end = end;
  }

  /**
   * Opens a file and looks whether it is whole.
   * @throws {SnapshotError} where it is not, or is something else
   * @throws {Error} of the file system
   */
  static async open(path: string): Promise<OpenSnapshot> {
    // Whatever else it may be (a pipe), opening it must not wait.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new SnapshotError('it is no file');
      const end = stats.size - CHECKSUM_LENGTH;
      if (end <= 0) throw new SnapshotError('it is cut short');
      return new OpenSnapshot(file, await readHeader(file, end), end);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The objects, some at a time. Take those of one batch before asking for the next. @throws {SnapshotError} */
  async *objects(): AsyncGenerator<Iterable<StoredInput | StoreMark>> {
    let isHeader = true;
    for await (const lines of linesOf(this.#file, this.#end)) {
      if (isHeader) lines.shift();
      isHeader = false;
      yield lines.values().map(readObjectLine);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Reads all of the file once, to see that the checksum fits. */
async function readHeader(file: FileHandle, end: number): Promise<SnapshotHeader> {
  let header: SnapshotHeader | undefined;
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(file, 0, end)) {
    header ??= readHeaderLine(firstLine(chunk));
    hash.update(chunk);
  }
  const found: Buffer[] = [];
  for await (const chunk of chunksOf(file, end, end + CHECKSUM_LENGTH)) found.push(Buffer.from(chunk));
  if (header === undefined || Buffer.concat(found).toString('latin1') !== checksumLine(hash)) {
    throw new SnapshotError('it is damaged or cut short: its checksum is another');
  }
  return header;
}

function firstLine(bytes: Buffer): string {
  const end = bytes.indexOf(NEWLINE);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** The lines up to `end`, without their ends, as many at a time as one chunk completes. */
async function* linesOf(file: FileHandle, end: number): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunksOf(file, 0, end)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: string[] = [];
    let start = 0;
    for (let stop = bytes.indexOf(NEWLINE); stop >= 0; stop = bytes.indexOf(NEWLINE, start)) {
      lines.push(bytes.toString('utf8', start, stop));
      start = stop + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
    if (rest.length > LONGEST_LINE) throw new SnapshotError(`a line of more than ${LONGEST_LINE} bytes`);
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) throw new SnapshotError('its last object is cut short');
}

const NEWLINE = 0x0a;

/** Bytes of the file. Their memory is used again for the next. @throws {SnapshotError} where there are fewer */
async function* chunksOf(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let position = start; position < end;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, end - position), position);
    if (bytesRead === 0) throw new SnapshotError('it became shorter while it was read');
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
