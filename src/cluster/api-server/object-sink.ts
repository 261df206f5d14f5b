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

/** Removes everything from a sink whose key is not among `keys`. */
export function removeAllBut(sink: ObjectSink<never>, keys: ReadonlySet<string> | undefined): void {
  for (const key of [...sink.keys()]) {
    if (keys?.has(key) === true) continue;
    const slash = key.indexOf('/');
    sink.remove(key.slice(0, slash), key.slice(slash + 1));
  }
}
