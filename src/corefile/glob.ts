import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Whether an import's argument is a pattern and not the name of one file. */
export function isPattern(path: string): boolean {
  return /[*?[\]]/.test(path);
}

/**
 * The paths that match a pattern of at most one `*` and one `?`, sorted by name; neither matches a slash.
 * Like Go's `filepath.Glob`, `*` matches names that begin with a dot, and what cannot be read matches nothing.
 */
export function glob(
  pattern: string,
  list: (directory: string) => readonly string[] = listDirectory,
): string[] {
  const absolute = pattern.startsWith('/');
  let found = [absolute ? '/' : ''];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    found = found.flatMap((directory) => {
      if (!isPattern(part)) return [join(directory, part)];
      const names = [...list(directory === '' ? '.' : directory)].sort(byCodeUnit);
      return names.filter((name) => matches(part, name)).map((name) => join(directory, name));
    });
  }
  return found.filter((path) => existsIn(path, list));
}

/** A plain part behind a pattern has not been looked up yet. */
function existsIn(path: string, list: (directory: string) => readonly string[]): boolean {
  const slash = path.lastIndexOf('/');
  const directory = slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
  return list(directory).includes(path.slice(slash + 1));
}

function matches(pattern: string, name: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return matchesPlain(pattern, name);
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  if (name.length < before.length + after.length) return false;
  return (
    matchesPlain(before, name.slice(0, before.length)) &&
    matchesPlain(after, name.slice(name.length - after.length))
  );
}

function matchesPlain(pattern: string, name: string): boolean {
  if (pattern.length !== name.length) return false;
  for (let index = 0; index < pattern.length; index++) {
    if (pattern[index] !== '?' && pattern[index] !== name[index]) return false;
  }
  return true;
}

function listDirectory(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
