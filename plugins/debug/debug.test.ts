import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { Debug } from '../../src/plugin/capability.ts';
import { Reply } from '../../src/server/reply.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer } from '../../test/kit/server.ts';
import { debug } from './index.ts';

for (const { corefile, offered } of [
  { corefile: '. {\n debug\n whoami\n}', offered: true },
  { corefile: 'a {\n debug\n}\n. {\n whoami\n}', offered: undefined },
]) {
  test(`debug in ${corefile.replace(/\s+/g, ' ')} speaks ${offered ? '' : 'not '}for the block`, async () => {
    let seen: boolean | undefined;
    const asking = answering(
      'whoami',
      () => new Reply({}),
      (controller) => (seen = controller.ask(Debug)),
    );
    await using _server = await startServer(corefile, { plugins: pluginMap(debug, asking) });
    assert.equal(seen, offered);
  });
}

for (const text of ['debug all', 'debug {\n all\n}']) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () =>
    assert.throws(() => parsePlugin(debug, text), CorefileError));
}
