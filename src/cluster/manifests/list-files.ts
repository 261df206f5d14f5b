import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A manifest file as `stat` sees it. */
export interface ListedFile {
  /** The path as people know it: PATH itself, or PATH and the name in it. */
  readonly path: string;
  /** Changes whenever the file is replaced, swapped by a symbolic link, or written to. '' when there is none. */
  readonly signature: string;
}

/** What stands at the paths of `manifests PATH…`. */
export interface Listing {
  /** In path order: as the paths are given, the files of a directory by name. */
  readonly files: readonly ListedFile[];
  /** Directories to watch, with what changes when one is replaced by another. */
  readonly directories: ReadonlyMap<string, string>;
  /** Warnings by path: what is missing or empty. */
  readonly absent: ReadonlyMap<string, string>;
}

/**
 * Looks at files, and at the *.yaml, *.yml and *.json files directly in directories. Hidden entries, such as the
 * `..data` of a mounted ConfigMap, are left out; symbolic links are followed.
 */
export function listFiles(paths: readonly string[]): Listing {
  const files = new Map<string, ListedFile>();
  const directories = new Map<string, string>();
  const absent = new Map<string, string>();
  const add = (path: string, signature: string): void => {
    const key = resolve(path);
    if (!files.has(key)) files.set(key, { path, signature });
  };
  for (const path of paths) {
    const found = look(path);
    if (found?.isDirectory !== true) {
      const parent = dirname(path);
      const directory = look(parent);
      if (directory?.isDirectory === true) directories.set(parent, directory.identity);
      if (found === undefined) absent.set(path, `manifests ${path} does not exist (yet)`);
      else add(path, found.signature);
      continue;
    }
    directories.set(path, found.identity);
    let empty = true;
    for (const name of namesIn(path, absent)) {
      const file = join(path, name);
      const entry = look(file);
      if (entry?.isDirectory !== false) continue;
      empty = false;
      add(file, entry.signature);
    }
    if (empty && !absent.has(path)) {
      absent.set(path, `manifests ${path} holds no *.yaml, *.yml or *.json files (yet)`);
    }
  }
  return { files: [...files.values()], directories, absent };
}

interface Found {
  readonly isDirectory: boolean;
  /** The same for as long as it is the same file or directory. */
  readonly identity: string;
  readonly signature: string;
}

function look(path: string): Found | undefined {
  try {
    const stat = statSync(path);
    // Where a symbolic link leads to now, another file stands. The time of the last change of state tells of writes
    // that put the old modification time back.
    const identity = `${stat.dev} ${stat.ino}`;
    const signature = `${identity} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
    return { isDirectory: stat.isDirectory(), identity, signature };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A link that goes nowhere, or half of a swap: not there. What may not be looked at is there, and will not open.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    return { isDirectory: false, identity: '', signature: `unreadable ${code}` };
  }
}

function namesIn(path: string, absent: Map<string, string>): string[] {
  try {
    return readdirSync(path)
      .filter((name) => !name.startsWith('.') && /\.(?:yaml|yml|json)$/.test(name))
      .sort();
  } catch (error) {
    absent.set(path, `manifests ${path}: ${(error as Error).message}`);
    return [];
  }
}
