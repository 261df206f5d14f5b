import { parseCorefile } from '../../src/corefile/corefile.ts';
import type { Plugin } from '../../src/plugin/plugin.ts';

/**
 * Gives a plugin's parser the server block `. { TEXT }` of the file `Corefile`; the first line of `text` is line 2.
 * @param zones the block's keys
 */
export function parsePlugin<Options>(plugin: Plugin<Options>, text: string, zones = '.'): Options {
  const corefile = parseCorefile(`${zones} {\n${text}\n}\n`, {
    file: 'Corefile',
    environment: {},
    readFile: () => '',
    warn: () => undefined,
    defaultPort: 53,
  });
  const { keys, directives, file, line } = corefile.blocks[0]!;
  const info = { keys, file, line, zones: [...new Set(keys.map((key) => key.zone))], fingerprint: '' };
  const own = directives.filter((directive) => directive.name === plugin.name);
  return plugin.parse(own, info);
}
