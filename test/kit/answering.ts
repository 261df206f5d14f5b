import type { AnyPlugin, Plugin } from '../../src/plugin/plugin.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';

/**
 * A stand-in for a plugin at the end of a chain: answers every query by `answer`.
 * @param name a directive that the plugin order knows, such as `whoami`
 * @param wire anything else that it does at setup
 */
export function answering(
  name: string,
  answer: (query: Query) => Reply | Promise<Reply>,
  wire: (controller: Controller) => void = () => undefined,
): Plugin<undefined> {
  return {
    name,
    parse: () => undefined,
    setup: (_options, controller) => {
      wire(controller);
      return { handle: answer };
    },
  };
}

/** Plugins by name, as a server takes them. */
export function pluginMap(...plugins: readonly AnyPlugin[]): ReadonlyMap<string, AnyPlugin> {
  return new Map(plugins.map((plugin) => [plugin.name, plugin]));
}
