import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { RootDirectory } from '../../src/plugin/capability.ts';
import { Reply } from '../../src/server/reply.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer } from '../../test/kit/server.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { root } from './index.ts';

/** Starts a block with this text; gives what another plugin sees of it, and the log. */
async function start(text: string): Promise<{ directory: string | undefined; lines: readonly string[] }> {
  let directory: string | undefined;
  const asking = answering(
    'whoami',
    () => new Reply({}),
    (controller) => (directory = controller.ask(RootDirectory)),
  );
  await using server = await startServer(`. {\n${text}\nwhoami\n}`, { plugins: pluginMap(root, asking) });
  return { directory, lines: server.lines.filter((line) => line.includes('plugin/root')) };
}

test('root offers its directory', async (context) => {
  const { path } = temporaryFolder(context);
  assert.deepEqual(await start(`root ${path}`), { directory: path, lines: [] });
});

test('a relative path starts from the working directory', async () => {
  assert.equal((await start('root plugins')).directory, resolve('plugins'));
});

test('the last of several counts', async (context) => {
  const { path } = temporaryFolder(context);
  assert.equal((await start(`root /\nroot ${path}`)).directory, path);
});

test('a missing directory is a warning', async (context) => {
  const missing = join(temporaryFolder(context).path, 'later');
  assert.deepEqual(await start(`root ${missing}`), {
    directory: missing,
    lines: [`[WARNING] plugin/root: root path does not exist: ${missing}`],
  });
});

test('a path that cannot be looked at refuses the start', async (context) => {
  const file = temporaryFolder(context).write('file', '');
  await assert.rejects(
    start(`root ${file}/below`),
    /^CorefileError: Corefile:2: .*unable to access root path/,
  );
});

for (const text of ['root', 'root a b', 'root a {\n}']) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () =>
    assert.throws(() => parsePlugin(root, text), CorefileError));
}
