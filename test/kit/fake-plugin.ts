import type { Directive } from '../../src/corefile/corefile.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { AnyPlugin, BlockInfo, Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { parseRecord } from '../../src/wire/presentation.ts';

/** What a stand-in for a plugin does; what is left out does nothing. */
export interface FakePluginParts {
  parse?(directives: readonly Directive[], block: BlockInfo): unknown;
  setup?(controller: Controller, options: unknown): void;
  /** Left out: the plugin has no handler. */
  handle?(query: Query, next: Next): Reply | Promise<Reply>;
}

/** A plugin for tests of the core. Its name must be one of `pluginOrder`. */
export function fakePlugin(name: string, parts: FakePluginParts): AnyPlugin {
  return {
    name,
    parse: (directives, block) => parts.parse?.(directives, block),
    setup: (options, controller): Handler | undefined => {
      parts.setup?.(controller, options);
      const answer = parts.handle?.bind(parts);
      return answer && { handle: answer };
    },
  };
}

/** Fake plugins by name, as `startServer` takes them. */
export function fakePlugins(parts: Record<string, FakePluginParts>): ReadonlyMap<string, AnyPlugin> {
  return new Map(Object.entries(parts).map(([name, of]) => [name, fakePlugin(name, of)]));
}

/** A handler that answers every query with one TXT record. */
export function sayText(text: string): (query: Query) => Reply {
  return (query) => new Reply({ answer: [parseRecord(`${query.originalName} 5 IN TXT "${text}"`)] });
}
