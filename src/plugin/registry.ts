import { errors } from '../../plugins/errors/index.ts';
import { health } from '../../plugins/health/index.ts';
import { log } from '../../plugins/log/index.ts';
import { prometheus } from '../../plugins/prometheus/index.ts';
import { ready } from '../../plugins/ready/index.ts';
import type { AnyPlugin } from './plugin.ts';

/** Every plugin of this version by name. The only file of `src` that knows plugins. */
export const plugins: ReadonlyMap<string, AnyPlugin> = new Map<string, AnyPlugin>(
  ([errors, health, log, prometheus, ready] as AnyPlugin[]).map((plugin) => [plugin.name, plugin]),
);
