import { SnapshotError } from './snapshot-error.ts';

/** @throws {SnapshotError} where a line is no JSON */
export function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new SnapshotError('a line is no JSON', { cause });
  }
}

/** @throws {SnapshotError} */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw unexpected(value, 'a text');
}

/** @throws {SnapshotError} */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw unexpected(value, 'a number');
}

/** @throws {SnapshotError} */
export function listOf<Item>(value: unknown, read: (item: unknown) => Item): Item[] {
  if (Array.isArray(value)) return value.map(read);
  throw unexpected(value, 'a list');
}

function unexpected(value: unknown, wanted: string): SnapshotError {
  const found = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
  return new SnapshotError(`${found} where ${wanted} should be`);
}
