import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The folder of the project. */
export const root: string = join(import.meta.dirname, '../..');

/** What is made or brought, not written. */
const passedOver = new Set(['.git', '.cache', 'node_modules', 'dist']);

/** Every file of the project, as paths from its root with slashes, sorted. Needs no git. */
export function projectFiles(): string[] {
  const found: string[] = [];
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!passedOver.has(entry.name)) waiting.push(path);
      } else if (!entry.isSymbolicLink()) found.push(relative(root, path));
    }
  }
  return found.sort();
}

/** A file's lines. @param file path from the root of the project */
export function readLines(file: string): string[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
