import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder that goes with its test. */
export interface TemporaryFolder {
  readonly path: string;
  /** Writes a file in it; returns its path. */
  write(name: string, text: string | Uint8Array): string;
  remove(name: string): void;
}

/** Makes a folder with these files, by name. */
export function temporaryFolder(
  context: TestContext,
  files: Readonly<Record<string, string>> = {},
): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'signpost-test-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  const folder: TemporaryFolder = {
    path,
    write(name, text) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    remove: (name) => rmSync(join(path, name)),
  };
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  return folder;
}
