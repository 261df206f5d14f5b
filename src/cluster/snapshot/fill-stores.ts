import { putInput } from '../stored-inputs.ts';
import type { StoredInput } from '../stored-inputs.ts';
import type { OpenSnapshot } from './read-snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { SnapshotPart } from './snapshot.ts';

/**
 * Puts a snapshot's objects into stores. What their sources have told, or tell meanwhile, stays as it is; kinds that
 * they have told all of are left alone.
 * @param isCurrent asked before each batch: false ends it
 * @returns the parts that the snapshot has something to say of
 * @throws {SnapshotError}
 */
export async function fillStores(
  snapshot: OpenSnapshot,
  parts: readonly SnapshotPart[],
  isCurrent: () => boolean,
): Promise<SnapshotPart[]> {
  const filled: SnapshotPart[] = [];
  let part: SnapshotPart | undefined;
  for await (const objects of snapshot.objects()) {
    if (!isCurrent()) return filled;
    for (const object of objects) {
      if (object.kind === 'store') {
        part = parts[object.store];
        if (part !== undefined) filled.push(part);
      } else if (part === undefined) throw new SnapshotError('there is no store for its objects');
      else if (isWanted(part, object)) putInput(part.store, object);
    }
  }
  return filled;
}

function isWanted({ store, source }: SnapshotPart, { kind, input }: StoredInput): boolean {
  const namespace = 'namespace' in input ? input.namespace : '';
  return !source.hasSeen(kind) && !store.inventory.holds(kind, namespace, input.name);
}
