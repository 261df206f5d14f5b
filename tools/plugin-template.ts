/** The files of a new plugin by name. What they do, answer every name of some zones with no data, is to be replaced. */
export function pluginFiles(directive: string): Record<string, string> {
  const words = directive.split('_').map((word) => word[0]!.toUpperCase() + word.slice(1));
  const type = words.join('');
  const variable = type[0]!.toLowerCase() + type.slice(1);
  const fill = (text: string): string =>
    text
      .trimStart()
      .replaceAll('DIRECTIVE', directive)
      .replaceAll('TYPE', type)
      .replaceAll('VARIABLE', variable);
  return {
    'README.md': fill(readme),
    'index.ts': fill(index),
    'setup.ts': fill(setup),
    'handler.ts': fill(handler),
    [`${directive}.test.ts`]: fill(tests),
  };
}

const readme = `
# DIRECTIVE

## Name

*DIRECTIVE* - has no data, yet.

## Description

*DIRECTIVE* answers every name in its zones with "no data", until somebody writes what it is for.

## Syntax

\`\`\`txt
DIRECTIVE [ZONES...]
\`\`\`

- **ZONES** are the zones that it answers for; without any, those of the server block.

## Examples

No name of example.org has any records:

\`\`\`corefile
. {
    DIRECTIVE example.org
}
\`\`\`
`;

const index = `
import type { Plugin } from '../../src/plugin/plugin.ts';
import { parse, setup } from './setup.ts';
import type { Options } from './setup.ts';

/** Answers every name in its zones with no data. */
export const VARIABLE: Plugin<Options> = { name: 'DIRECTIVE', parse, setup };
`;

const setup = `
import { expectNoBlock, once, zonesOrKeys } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import type { BlockInfo } from '../../src/plugin/plugin.ts';
import { TYPEHandler } from './handler.ts';

export interface Options {
  /** Fully qualified, lower case. */
  readonly zones: readonly string[];
}

/** Reads \`DIRECTIVE [ZONES...]\`. */
export function parse(directives: readonly Directive[], block: BlockInfo): Options {
  const directive = once(directives);
  expectNoBlock(directive);
  return { zones: zonesOrKeys(directive.arguments, block.keys) };
}

/** What has to be started and stopped is given to the controller here; a plugin without that needs only its handler. */
export function setup(options: Options): TYPEHandler {
  return new TYPEHandler(options.zones);
}
`;

const handler = `
import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Handler, Next } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';

const noData = new Reply({ authoritative: true, source: 'DIRECTIVE' });

/** Answers what is in its zones; asks the next plugin for the rest. */
export class TYPEHandler implements Handler {
  // The same query has the same answer. Leave this out when it has not: then nothing is repeated from a cache.
  readonly repeats = 'pure';
  readonly #zones: readonly string[];

  constructor(zones: readonly string[]) {
    this.#zones = zones;
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    for (const zone of this.#zones) {
      if (isSubdomain(zone, query.name)) return noData;
    }
    return next(query);
  }
}
`;

const tests = `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode } from '../../src/wire/codes.ts';
import type { Query } from '../../src/server/query.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { TYPEHandler } from './handler.ts';
import { VARIABLE } from './index.ts';

const good = [
  { title: "the block's zones when none is given", text: 'DIRECTIVE', zones: ['example.org.'] },
  { title: 'zones in any letter case', text: 'DIRECTIVE Example.COM', zones: ['example.com.'] },
];
for (const { title, text, zones } of good) {
  test(\`DIRECTIVE takes \${title}\`, () => assert.deepEqual(parsePlugin(VARIABLE, text, 'example.org'), { zones }));
}

const bad = [
  { title: 'a second line', text: 'DIRECTIVE\\nDIRECTIVE', message: /^Corefile:3: / },
  { title: 'a block', text: 'DIRECTIVE {\\n x\\n}', message: /^Corefile:[23]: / },
];
for (const { title, text, message } of bad) {
  test(\`DIRECTIVE refuses \${title}\`, () => {
    assert.throws(
      () => parsePlugin(VARIABLE, text),
      (error) => error instanceof CorefileError && message.test(error.message),
    );
  });
}

const questions = [
  { title: 'a name in its zone', name: 'www.example.org.', rcode: Rcode.NoError },
  { title: 'a name of another zone', name: 'www.example.com.', rcode: Rcode.Refused },
];
for (const { title, name, rcode } of questions) {
  test(\`DIRECTIVE answers \${title}\`, async () => {
    const handler = new TYPEHandler(['example.org.']);
    const reply = await handler.handle({ name } as unknown as Query, () => Reply.failure(Rcode.Refused, 'test'));
    assert.equal(reply.rcode, rcode);
  });
}
`;
