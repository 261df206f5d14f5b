import { typeFromName, typeName } from './codes.ts';
import { FormatError } from './errors.ts';

/** Bytes of a window's map: one bit for each of 256 types. */
const WINDOW_BYTES = 32;

/**
 * The types of a bitmap (RFC 4034, section 4.1.2) by name, in order.
 * @throws FormatError when a window is out of order, empty, too long or cut short
 */
export function typeBitmapNames(bitmap: Uint8Array): string[] {
  const names: string[] = [];
  let last = -1;
  for (let at = 0; at < bitmap.length;) {
    const window = bitmap[at]!;
    const length = bitmap[at + 1] ?? 0;
    if (window <= last || length === 0 || length > WINDOW_BYTES || at + 2 + length > bitmap.length) {
      throw new FormatError('type bitmap is malformed');
    }
    for (let bit = 0; bit < length * 8; bit++) {
      if ((bitmap[at + 2 + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0)
        names.push(typeName(window * 256 + bit));
    }
    last = window;
    at += 2 + length;
  }
  return names;
}

/**
 * The bitmap of types by name, in any order.
 * @throws FormatError when a name is no type
 */
export function typeBitmap(names: readonly string[]): Uint8Array {
  const windows = new Map<number, Uint8Array>();
  for (const name of names) {
    const type = typeFromName(name);
    if (type === undefined) throw new FormatError(`unknown type '${name}'`);
    let map = windows.get(type >> 8);
    if (map === undefined) windows.set(type >> 8, (map = new Uint8Array(WINDOW_BYTES)));
    map[(type & 255) >> 3]! |= 0x80 >> (type & 7);
  }
  const parts: Uint8Array[] = [];
  for (const [window, map] of [...windows].sort(([left], [right]) => left - right)) {
    const length = map.findLastIndex((byte) => byte !== 0) + 1;
    parts.push(Uint8Array.of(window, length), map.subarray(0, length));
  }
  return new Uint8Array(Buffer.concat(parts));
}
