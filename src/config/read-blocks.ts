import { createHash } from 'node:crypto';
import { CorefileError } from '../corefile/corefile.ts';
import type { Corefile, Directive, ServerBlock } from '../corefile/corefile.ts';
import { didYouMean } from '../corefile/nearest.ts';
import { pluginOrder } from '../plugin/order.ts';
import type { AnyPlugin, BlockInfo } from '../plugin/plugin.ts';

/** A server block whose directives have been read by their plugins. */
export interface ReadBlock {
  readonly info: BlockInfo;
  /** In plugin order. */
  readonly plugins: readonly ReadPlugin[];
}

export interface ReadPlugin {
  readonly plugin: AnyPlugin;
  readonly options: unknown;
  /** The first of its lines. */
  readonly directive: Directive;
}

/**
 * Has every directive read by its plugin. Nothing is opened or started.
 * @throws CorefileError for a directive that nobody knows, or that its plugin refuses
 */
export function readBlocks(corefile: Corefile, plugins: ReadonlyMap<string, AnyPlugin>): ReadBlock[] {
  return corefile.blocks.map((block) => {
    const byName = Map.groupBy(block.directives, (directive) => directive.name);
    for (const directive of block.directives) requireKnown(directive, plugins);
    const { file, line, keys } = block;
    const info: BlockInfo = { file, line, keys, zones: zonesOf(block), fingerprint: fingerprintOf(block) };
    const read = pluginOrder.flatMap((name) => {
      const directives = byName.get(name);
      const plugin = plugins.get(name);
      return directives === undefined || plugin === undefined ? [] : [readPlugin(plugin, directives, info)];
    });
    return { info, plugins: read };
  });
}

/** Runs something of a plugin; what it throws names the plugin and the line. */
export function blaming<T>(plugin: AnyPlugin, directive: Directive, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw blame(plugin, directive, error);
  }
}

/** The error as the operator sees it: `Corefile:12: plugin/forward: …`. */
export function blame(plugin: AnyPlugin, directive: Directive, error: unknown): CorefileError {
  if (error instanceof CorefileError && error.line !== undefined)
    return error.withPrefix(`plugin/${plugin.name}`);
  const message = error instanceof Error ? error.message : String(error);
  return new CorefileError(directive, message, { cause: error }).withPrefix(`plugin/${plugin.name}`);
}

function readPlugin(plugin: AnyPlugin, directives: readonly Directive[], info: BlockInfo): ReadPlugin {
  const directive = directives[0]!;
  const options: unknown = blaming(plugin, directive, () => plugin.parse(directives, info) as unknown);
  return { plugin, options, directive };
}

function requireKnown(directive: Directive, plugins: ReadonlyMap<string, AnyPlugin>): void {
  const { name } = directive;
  if (plugins.has(name)) return;
  if (pluginOrder.includes(name)) {
    throw new CorefileError(
      directive,
      `directive '${name}' of CoreDNS is not in this version of Signpost yet`,
    );
  }
  throw new CorefileError(directive, `unknown directive '${name}'${didYouMean(name, pluginOrder)}`);
}

function zonesOf(block: ServerBlock): string[] {
  return [...new Set(block.keys.map((key) => key.zone))];
}

/** Every word of the block, and its file: relative paths start from there. Line numbers do not count. */
function fingerprintOf({ file, keys, directives }: ServerBlock): string {
  const words = (key: string, value: unknown): unknown =>
    key === 'line' || key === 'file' ? undefined : value;
  return createHash('sha256')
    .update(JSON.stringify([file, keys.map(String), directives], words))
    .digest('hex');
}
