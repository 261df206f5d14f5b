import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { ReloadInterval } from '../../src/plugin/capability.ts';
import { Reply } from '../../src/server/reply.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer } from '../../test/kit/server.ts';
import { reload } from './index.ts';

const good = [
  { text: 'reload', interval: 30_000, jitter: 15_000 },
  { text: 'reload 60s', interval: 60_000, jitter: 15_000 },
  { text: 'reload 10s', interval: 10_000, jitter: 5000 },
  { text: 'reload 2s', interval: 2000, jitter: 1000 },
  { text: 'reload 10s 0', interval: 10_000, jitter: 0 },
  { text: 'reload 10s 2s', interval: 10_000, jitter: 2000 },
  { text: 'reload 10s 9s', interval: 10_000, jitter: 5000 },
  { text: 'reload 10s\nreload 20s 1s', interval: 20_000, jitter: 1000 },
];
for (const { text, ...options } of good) {
  test(`${text.replace(/\s+/g, ' ')} is taken`, () => assert.deepEqual(parsePlugin(reload, text), options));
}

const bad = [
  { text: 'reload 1s', message: /^Corefile:2: invalid reload '1s'.* at least 2s/ },
  { text: 'reload 30', message: /^Corefile:2: invalid reload '30'/ },
  { text: 'reload 10s 999ms', message: /^Corefile:2: invalid jitter '999ms'; expected 0 or/ },
  { text: 'reload 10s -1s', message: /^Corefile:2: invalid jitter '-1s'/ },
  { text: 'reload 10s 2s 3s', message: /^Corefile:2: wrong argument count/ },
  { text: 'reload {\n x\n}', message: /^Corefile:2: unexpected '\{'/ },
];
for (const { text, message } of bad) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () => {
    assert.throws(
      () => parsePlugin(reload, text),
      (error) => error instanceof CorefileError && message.test(error.message),
    );
  });
}

test('reload tells the whole server', async () => {
  const other = answering('whoami', () => new Reply({}));
  await using server = await startServer('a {\n reload 4s\n}\nb {\n whoami\n}', {
    plugins: pluginMap(reload, other),
  });
  const offered = server.signpost.configuration!.offered(ReloadInterval);
  assert.deepEqual(offered, [{ interval: 4000, jitter: 2000 }]);
});
