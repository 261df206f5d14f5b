import { createHash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClusterInventory } from '../cluster-inventory.ts';
import { checksumLine } from './checksum-line.ts';
import { objectLine } from './object-line.ts';
import { headerLine } from './snapshot-header.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

/** Characters that are made and written in one go: about a millisecond of this thread. */
const CHUNK = 32 * 1024;

/**
 * Writes what stores hold to a file that only we can read: beside it first, then in its place, so that whoever reads
 * finds the old one or the new one. Stores may change meanwhile: each object is as it was at some moment of that time.
 * @param inventories an entry that is undefined keeps its number free
 * @param signal ends it early; the old file stays then
 * @throws {Error} of the file system
 */
export async function writeSnapshot(
  path: string,
  header: SnapshotHeader,
  inventories: readonly (ClusterInventory | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let bytes = Buffer.allocUnsafe(2 * CHUNK);
    for (const text of chunks(header, inventories)) {
      signal.throwIfAborted();
      if (text.length * 3 > bytes.length) bytes = Buffer.allocUnsafe(text.length * 3);
      const chunk = bytes.subarray(0, bytes.write(text));
      hash.update(chunk);
      await file.appendFile(chunk);
    }
    await file.appendFile(checksumLine(hash));
    await file.sync();
    await expectOwn(temporary, file);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

/** The lines up to the checksum, many at a time. */
function* chunks(
  header: SnapshotHeader,
  inventories: readonly (ClusterInventory | undefined)[],
): Generator<string> {
  let text = `${headerLine(header)}\n`;
  for (const [store, inventory] of inventories.entries()) {
    if (inventory === undefined) continue;
    text += `${objectLine({ kind: 'store', store })}\n`;
    for (const object of inventory.inputs()) {
      text += `${objectLine(object)}\n`;
      if (text.length < CHUNK) continue;
      yield text;
      text = '';
    }
  }
  yield text;
}

/** Somebody else who writes the same file has taken the name: what is there is not ours to put in place. */
async function expectOwn(temporary: string, file: FileHandle): Promise<void> {
  const [found, own] = await Promise.all([stat(temporary), file.stat()]);
  if (found.ino !== own.ino) throw new Error(`somebody else is writing ${temporary}`);
}

/** That the file has its name now outlives a loss of power too; not every file system can promise that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } catch {
    // The file itself is safe.
  } finally {
    await folder.close();
  }
}
