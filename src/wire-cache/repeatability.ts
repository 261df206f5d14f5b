import type { Handler } from '../plugin/plugin.ts';
import type { Query } from '../server/query.ts';
import type { HitCounter } from '../server/repeat.ts';
import type { Reply } from '../server/reply.ts';

/** A plugin's handler in a server block. */
export interface NamedHandler {
  readonly name: string;
  readonly handler: Handler;
}

/** Whether replies of a server block may be repeated without asking its plugins: the least that any of them allows. */
export type Permission =
  | {
      readonly allowed: true;
      /** Addresses and mail exchangers are to be given in an order that is drawn. */
      readonly varied: boolean;
      /** Those that want to know of repeats. */
      readonly observers: readonly Handler[];
    }
  | {
      readonly allowed: false;
      /** The plugins that say nothing of repeats, in chain order; none when the block answers nothing. */
      readonly plugins: readonly string[];
    };

/** What a server block's plugins declare, taken together. Silence means no. */
export function permissionOf(handlers: readonly NamedHandler[]): Permission {
  const silent = handlers.filter(({ handler }) => handler.repeats === undefined);
  if (silent.length > 0 || handlers.length === 0)
    return { allowed: false, plugins: silent.map(({ name }) => name) };
  return {
    allowed: true,
    varied: handlers.some(({ handler }) => handler.repeats === 'variants'),
    observers: handlers.map(({ handler }) => handler).filter((handler) => handler.observe !== undefined),
  };
}

/** The state of a block for the log: `on`, or `off because of plugin/log`. */
export function describePermission(permission: Permission): string {
  if (permission.allowed) return 'on';
  const { plugins } = permission;
  if (plugins.length === 0) return 'off because no plugin answers';
  return `off because of ${plugins.map((name) => `plugin/${name}`).join(', ')}`;
}

/** Who is to be told of the repeats of a reply. */
export function countersOf(observers: readonly Handler[], query: Query, reply: Reply): HitCounter[] {
  const counters: HitCounter[] = [];
  for (const observer of observers) {
    const counter = observer.observe?.(query, reply);
    if (counter !== undefined) counters.push(counter);
  }
  if (reply.repeat?.counter !== undefined) counters.push(reply.repeat.counter);
  return counters;
}
