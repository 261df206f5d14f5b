import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FormatError } from '../wire/errors.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { ZoneBuilder } from './zone-builder.ts';
import { ZoneFileError } from './zone-file-error.ts';
import { Include, ZoneFileReader } from './zone-file-reader.ts';
import type { Zone } from './zone.ts';

/** Files within files. */
const MAXIMUM_INCLUDES = 7;
/** Milliseconds of work between two turns of the event loop. */
const SLICE = 8;
/** Records between two looks at the time. */
const BATCH = 64;

/** A file that was read for a zone, to tell whether it has changed since. */
export interface FileStamp {
  readonly path: string;
  /** Changes with the file's times, size or identity. */
  readonly stamp: string;
  /** Changes with its content. */
  readonly digest: string;
}

/** A zone and where it came from. */
export interface LoadedZone {
  readonly zone: Zone;
  /** The file and those that it includes. */
  readonly files: readonly FileStamp[];
  /** Records that were left out, for they are not in the zone. */
  readonly outside: number;
}

/**
 * Reads a zone file and those that it includes, in slices: the main thread goes on answering meanwhile.
 * @param path absolute
 * @param origin lower case, fully qualified
 * @param onFile told of each file as it is read, also when the load fails later
 * @throws ZoneFileError when the text is wrong; the system's error when the first file cannot be read
 */
export async function loadZone(
  path: string,
  origin: string,
  onFile: (file: FileStamp) => void = () => undefined,
): Promise<LoadedZone> {
  const builder = new ZoneBuilder(origin);
  const files: FileStamp[] = [];
  const open: OpenFile[] = [];
  const pause = new Pauses();
  const push = async (file: string, fileOrigin: string, ttl: number | undefined): Promise<void> => {
    // The time first: what is written between the two is then a change that the next look sees.
    const stamp = await fileStamp(file);
    const bytes = await readFile(file);
    const read = { path: file, stamp, digest: createHash('sha256').update(bytes).digest('base64') };
    files.push(read);
    onFile(read);
    // Latin-1, so that each byte is one character.
    const reader = new ZoneFileReader(bytes.toString('latin1'), file, fileOrigin, ttl);
    open.push({ path: file, reader, records: reader.records() });
  };
  await push(path, origin, undefined);
  for (let file = open.at(-1); file !== undefined; file = open.at(-1)) {
    const include = readUntilInclude(file, builder, pause);
    if (include === 'pause') await pause.turn();
    else if (include === undefined) open.pop();
    else await pushInclude(include, open, push);
  }
  const reader = new ZoneFileReader('', path, origin);
  try {
    const building = builder.build();
    for (let step = building.next(); ; step = building.next()) {
      if (step.done === true) return { zone: step.value, files, outside: builder.outside };
      if (pause.due) await pause.turn();
    }
  } catch (error) {
    throw error instanceof FormatError ? reader.error(error.message, { cause: error }) : error;
  }
}

/** A file's times, size and identity in one string, as it is now. */
export async function fileStamp(path: string): Promise<string> {
  const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

interface OpenFile {
  readonly path: string;
  readonly reader: ZoneFileReader;
  readonly records: Iterator<ResourceRecord | Include, undefined>;
}

/** Undefined at the end of the file. */
function readUntilInclude(
  file: OpenFile,
  builder: ZoneBuilder,
  pause: Pauses,
): Include | 'pause' | undefined {
  for (let count = 1; ; count++) {
    const next = file.records.next();
    if (next.done === true) return undefined;
    if (next.value instanceof Include) return next.value;
    try {
      builder.add(next.value);
    } catch (error) {
      throw error instanceof FormatError ? file.reader.error(error.message, { cause: error }) : error;
    }
    if (count % BATCH === 0 && pause.due) return 'pause';
  }
}

async function pushInclude(
  include: Include,
  open: readonly OpenFile[],
  push: (file: string, origin: string, ttl: number | undefined) => Promise<void>,
): Promise<void> {
  const { path, reader } = open.at(-1)!;
  const file = resolve(dirname(path), include.path);
  if (open.some((other) => other.path === file)) {
    throw reader.error(`'${include.path}' includes itself by way of $INCLUDE`);
  }
  if (open.length > MAXIMUM_INCLUDES) {
    throw reader.error(`$INCLUDE goes deeper than ${MAXIMUM_INCLUDES} files`);
  }
  try {
    await push(file, include.origin, include.ttl);
  } catch (error) {
    if (error instanceof ZoneFileError) throw error;
    throw reader.error(`cannot include '${include.path}': ${(error as Error).message}`, { cause: error });
  }
}

/** Says when other work must have its turn. */
class Pauses {
  #since = performance.now();

  get due(): boolean {
    return performance.now() - this.#since > SLICE;
  }

  async turn(): Promise<void> {
    await new Promise((resume) => setImmediate(resume));
    this.#since = performance.now();
  }
}
