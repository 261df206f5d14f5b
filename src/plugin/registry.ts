import type { AnyPlugin } from './plugin.ts';

/** Every plugin of this version by name. The only file of `src` that knows plugins. */
export const plugins: ReadonlyMap<string, AnyPlugin> = new Map<string, AnyPlugin>(
  ([] as AnyPlugin[]).map((plugin) => [plugin.name, plugin]),
);
