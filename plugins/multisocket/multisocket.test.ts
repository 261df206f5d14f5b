import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reply } from '../../src/server/reply.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { multisocketWith } from './index.ts';
import { systemMachine } from './machine.ts';

const MEBIBYTE = 1024 * 1024;

/** Starts a server with a block; gives what its sockets are. */
async function started(
  corefile: string,
  machine = { processors: 4, memory: 2 ** 34 },
): Promise<{ server: TestServer; sockets: number[] }> {
  const plugin = answering('whoami', () => new Reply({}));
  const plugins = pluginMap(
    multisocketWith(() => machine),
    plugin,
  );
  const server = await startServer(corefile, { plugins });
  return { server, sockets: server.signpost.configuration!.listeners.map((listener) => listener.sockets) };
}

const good = [
  { text: '', sockets: 1 },
  { text: 'multisocket', sockets: 4 },
  { text: 'multisocket 1', sockets: 1 },
  { text: 'multisocket 7', sockets: 7 },
  { text: 'multisocket 1024', sockets: 1024 },
];
for (const { text, sockets } of good) {
  test(`'${text}' is ${sockets} on a machine with 4 processors`, async () => {
    const found = await started(`. {\n${text}\nwhoami\n}`);
    assert.deepEqual(found.sockets, [sockets]);
    assert.deepEqual(found.server.lines, []);
    await found.server.close();
  });
}

const machines = [
  { mebibytes: 170, processors: 8, sockets: 2 },
  { mebibytes: 170, processors: 2, sockets: 2 },
  { mebibytes: 128, processors: 8, sockets: 1 },
  { mebibytes: 192, processors: 8, sockets: 4 },
  { mebibytes: 64_000, processors: 64, sockets: 64 },
];
for (const { mebibytes, processors, sockets } of machines) {
  test(`without a number: ${sockets} with ${mebibytes} MiB and ${processors} processors`, async () => {
    const machine = { processors, memory: mebibytes * MEBIBYTE };
    const found = await started('. {\nmultisocket\nwhoami\n}', machine);
    assert.deepEqual(found.sockets, [sockets]);
    const line = `[WARNING] plugin/multisocket: ${sockets} in place of ${processors}, one for each processor: more threads do not fit ${mebibytes} MiB of memory`;
    assert.deepEqual(found.server.lines, sockets < processors ? [line] : []);
    await found.server.close();
  });
}

test('this machine has processors and memory', () => {
  const { processors, memory } = systemMachine();
  assert.ok(processors >= 1 && memory > 2 ** 24, `${processors} ${memory}`);
});

test('the first block on an address decides, also where it has none', async () => {
  const found = await started(`
a.test:1 b.test:2 {
  multisocket 2
  whoami
}
b.test:1 {
  multisocket 3
  whoami
}
c.test:3 {
  whoami
}
d.test:3 {
  multisocket 4
  whoami
}`);
  assert.deepEqual(found.sockets, [2, 2, 1]);
  await found.server.close();
});

test('a reload leaves the sockets as they are, and says so', async () => {
  const { server } = await started('. {\nmultisocket 2\nwhoami\n}');
  server.corefile = '. {\nmultisocket 3\nwhoami\n}';
  await server.signpost.reload();
  const line = '[WARNING] dns://:53: multisocket 3 counts after a restart; until then it is 2';
  assert.ok(server.lines.includes(line), server.lines.join('\n'));
  await server.close();
});

const bad = [
  { text: 'multisocket 0', message: /Corefile:2: .*invalid multisocket '0'/ },
  { text: 'multisocket 1025', message: /Corefile:2: .*invalid multisocket '1025'.*1024/ },
  { text: 'multisocket two', message: /Corefile:2: .*invalid multisocket 'two'/ },
  { text: 'multisocket 1 2', message: /Corefile:2: .*wrong argument count/ },
  { text: 'multisocket {\n2\n}', message: /Corefile:2: .*takes no block/ },
  { text: 'multisocket\nmultisocket', message: /Corefile:3: .*once per Server Block/ },
];
for (const { text, message } of bad) {
  test(`'${text.replace(/\s+/g, ' ')}' is refused`, async () => {
    await assert.rejects(started(`. {\n${text}\nwhoami\n}`), message);
  });
}
