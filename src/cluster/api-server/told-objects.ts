import { objectKey, removeAllBut } from './object-sink.ts';
import type { ObjectSink } from './object-sink.ts';

/**
 * Which objects a list has told of so far: what its sink holds beside them is gone. Where the sink was empty when the
 * list began, and nobody else fills it, that is nothing, and none of them is noted: at a start they are all that there
 * are.
 */
export class ToldObjects {
  readonly #keys: Set<string> | undefined;

  /** @param alone whether nobody else puts objects into the sink while the list goes on */
  constructor(sink: ObjectSink<never>, alone: boolean) {
    this.#keys = alone && isEmpty(sink) ? undefined : new Set();
  }

  add(object: { readonly namespace: string; readonly name: string }): void {
    this.#keys?.add(objectKey(object));
  }

  /** It is gone, and no longer in the sink. */
  delete(object: { readonly namespace: string; readonly name: string }): void {
    this.#keys?.delete(objectKey(object));
  }

  /** `namespace/name` of each; undefined: they are all that the sink holds. */
  get keys(): ReadonlySet<string> | undefined {
    return this.#keys;
  }
}

/** Removes from a sink what was not told; without a list under way that is everything. */
export function removeUntold(sink: ObjectSink<never>, told: ToldObjects | undefined): void {
  if (told === undefined) removeAllBut(sink, undefined);
  else if (told.keys !== undefined) removeAllBut(sink, told.keys);
}

function isEmpty(sink: ObjectSink<never>): boolean {
  for (const _ of sink.keys()) return false;
  return true;
}
