import { isIP } from 'node:net';
import { ObjectError } from './manifest-object.ts';

/** A map as YAML or JSON gives it. */
export type ValueMap = Readonly<Record<string, unknown>>;

/** The map under a key; an empty one where there is none. */
export function mapAt(map: ValueMap, key: string): ValueMap {
  const value = map[key];
  if (value === undefined || value === null) return {};
  if (!isMap(value)) throw new ObjectError(`${key} is not a map`);
  return value;
}

/** The maps in the list under a key; an empty list where there is none. */
export function mapsAt(map: ValueMap, key: string): readonly ValueMap[] {
  const list = listAt(map, key);
  for (const value of list) if (!isMap(value)) throw new ObjectError(`${key} is not a list of maps`);
  return list as readonly ValueMap[];
}

export function listAt(map: ValueMap, key: string): readonly unknown[] {
  const value = map[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new ObjectError(`${key} is not a list`);
  return value;
}

/** The text under a key, '' where there is none. Numbers and booleans that lack their quotes are taken as text. */
export function textAt(map: ValueMap, key: string): string {
  return asText(map[key], key);
}

export function textsAt(map: ValueMap, key: string): string[] {
  return listAt(map, key).map((value) => asText(value, key));
}

/** The port number under a key; −1 where there is none. */
export function portAt(map: ValueMap, key: string): number {
  const value = map[key];
  if (value === undefined || value === null) return -1;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw new ObjectError(`${key} ${JSON.stringify(value)} is not a port number (0 to 65535)`);
}

/** All values of a map as text, such as labels. */
export function textMapAt(map: ValueMap, key: string): Record<string, string> {
  const texts: Record<string, string> = {};
  const values = mapAt(map, key);
  for (const name of Object.keys(values)) {
    Object.defineProperty(texts, name, {
      value: asText(values[name], name),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return texts;
}

/** An IP address in text. @throws {ObjectError} */
export function checkAddress(text: string, key: string): string {
  if (isIP(text) === 0) throw new ObjectError(`${key} '${text}' is not an IP address`);
  return text;
}

export function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asText(value: unknown, key: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ObjectError(`${key} is not a text`);
}
