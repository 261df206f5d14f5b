import type { WatchedObject } from './watched-object.ts';

/** Where the objects of one kind go. */
export interface ObjectSink<Input> {
  /** Takes an object; the same one again costs next to nothing. */
  put(object: WatchedObject<Input>): void;
  remove(namespace: string, name: string): void;
  /** `namespace/name` of everything that is held, so that what went while nobody watched can be found. */
  keys(): Iterable<string>;
}

/** `namespace/name`, as `ObjectSink.keys` gives it. */
export function objectKey(object: { readonly namespace: string; readonly name: string }): string {
  return `${object.namespace}/${object.name}`;
}
