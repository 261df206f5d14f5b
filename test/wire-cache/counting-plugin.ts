import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { UNCHANGING } from '../../src/server/repeat.ts';
import { Reply } from '../../src/server/reply.ts';
import { parseRecord } from '../../src/wire/presentation.ts';

/**
 * Stands in for `whoami`, the plugin that says nothing of repeats: its answer is how often it was asked. The reply
 * itself is vouched for, as that of a plugin behind it would be.
 */
export function countingPlugin(): AnyPlugin {
  let count = 0;
  return {
    name: 'whoami',
    parse: () => undefined,
    setup: () => ({
      handle: ({ name }) => {
        const answer = [parseRecord(`${name} 60 IN TXT "${++count}"`)];
        return new Reply({ answer, source: 'whoami', repeat: UNCHANGING });
      },
    }),
  };
}
