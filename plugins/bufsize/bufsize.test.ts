import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { HeaderFlag } from '../../src/wire/codes.ts';
import { parseRecord } from '../../src/wire/presentation.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { bufsize } from './index.ts';

const records = Array.from({ length: 255 }, (_, index) => parseRecord(`a. 5 IN A 192.0.2.${index}`));
const whole = new Reply({ answer: records, source: 'whoami' });

function start(line: string, answer: (query: Query) => Reply | Promise<Reply>): Promise<TestServer> {
  return startServer(`. {\n${line}\nwhoami\n}`, { plugins: pluginMap(bufsize, answering('whoami', answer)) });
}

const rows: readonly {
  readonly title: string;
  readonly line: string;
  readonly offered: number | undefined;
  readonly handedOn: number | undefined;
}[] = [
  { title: 'a larger size is lowered', line: 'bufsize 700', offered: 4096, handedOn: 700 },
  { title: 'one byte more is too', line: 'bufsize 700', offered: 701, handedOn: 700 },
  { title: 'a smaller size stays', line: 'bufsize 700', offered: 600, handedOn: 600 },
  { title: 'a size below what all take stays', line: 'bufsize 700', offered: 0, handedOn: 0 },
  { title: 'no OPT record is made', line: 'bufsize 700', offered: undefined, handedOn: undefined },
  { title: 'the default is 1232', line: 'bufsize', offered: 65535, handedOn: 1232 },
  { title: 'the last line counts', line: 'bufsize 600\nbufsize 800', offered: 1000, handedOn: 800 },
];
for (const { title, line, offered, handedOn } of rows) {
  for (const late of [false, true]) {
    test(`bufsize: ${title}, the answer ${late ? 'later' : 'at once'}`, async () => {
      let seen: number | undefined;
      await using server = await start(line, (query) => {
        seen = query.edns?.udpSize;
        return late ? Promise.resolve(whole) : whole;
      });
      const edns = offered === undefined ? {} : { edns: { udpSize: offered, dnssecOk: true } };
      const reply = (await server.ask('a', 'A', edns))!;
      assert.equal(seen, handedOn);
      assert.equal(reply.edns?.udpSize, handedOn);
      assert.equal(reply.edns?.dnssecOk, offered === undefined ? undefined : true);
      // 16 bytes a record as names are compressed; 19 for the question, 11 for OPT.
      const room = Math.max(512, handedOn ?? 0) - 19 - (offered === undefined ? 0 : 11);
      assert.equal(reply.answer.length, Math.floor(room / 16));
      assert.notEqual(reply.flags & HeaderFlag.TC, 0);
    });
  }
}

test('by TCP the answer is whole', async () => {
  await using server = await start('bufsize 512', () => whole);
  const reply = (await server.ask('a', 'A', { edns: { udpSize: 4096 }, protocol: 'tcp' }))!;
  assert.deepEqual([reply.answer.length, reply.edns?.udpSize], [255, 512]);
});

for (const late of [false, true]) {
  test(`silence stays silence, ${late ? 'later' : 'at once'}`, async () => {
    const { silence } = Reply;
    await using server = await start('bufsize', () => (late ? Promise.resolve(silence) : silence));
    assert.equal(await server.ask('a', 'A', { edns: { udpSize: 4096 } }), undefined);
  });
}

for (const text of [
  'bufsize 511',
  'bufsize 4097',
  'bufsize large',
  'bufsize 600 700',
  'bufsize {\n 600\n}',
]) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () =>
    assert.throws(() => parsePlugin(bufsize, text), CorefileError));
}
