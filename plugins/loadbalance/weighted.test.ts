import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { Reply } from '../../src/server/reply.ts';
import { parseRecord, recordText } from '../../src/wire/presentation.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { until } from '../../test/kit/until.ts';
import { loadbalance } from './index.ts';
import { Weights } from './weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'signpost-weights-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'weights');

const answer = ['a. 5 IN MX 1 m.', 'a. 5 IN A 192.0.2.1', 'a. 5 IN A 192.0.2.2', 'a. 5 IN A 192.0.2.3'];
const plugins = pluginMap(
  loadbalance,
  answering('whoami', () => new Reply({ answer: answer.map((text) => parseRecord(text)) })),
);

function start(text: string | undefined, properties = '', clock = new FakeClock()): Promise<TestServer> {
  rmSync(path, { force: true });
  if (text !== undefined) writeFileSync(path, text);
  return startServer(`. {\nloadbalance weighted ${path} {\n${properties}\n}\nwhoami\n}`, { plugins, clock });
}

/** How often each address is first of 1,000 answers. */
async function shares(server: TestServer, type = 'A'): Promise<number[]> {
  const counts = [0, 0, 0];
  for (let count = 0; count < 1000; count++) {
    const reply = (await server.ask('a', type))!;
    counts[reply.answer[0]!.data[3]! - 1]!++;
  }
  return counts;
}

/** Whether counts are near, so that chance fails a right one less than once in a million times. */
function assertNear(counts: readonly number[], expected: readonly number[]): void {
  for (const [index, count] of counts.entries()) {
    assert.ok(
      Math.abs(count - expected[index]!) <= 75,
      `${counts.join(' ')} in place of ${expected.join(' ')}`,
    );
  }
}

test('addresses come first as often as their weights say; 1 where none stands', async () => {
  await using server = await start('# weights\n\nA\n192.0.2.1 6\n  192.0.2.3\t3\nb.\n192.0.2.2 200\n');
  for (const type of ['A', 'AAAA', 'SRV']) assertNear(await shares(server, type), [600, 100, 300]);
});

test('the first address changes places with the chosen one; mail exchangers come last', async () => {
  await using server = await start('a\n192.0.2.3 255\n192.0.2.1 1');
  const reply = (await server.ask('a', 'A'))!;
  assert.deepEqual(
    reply.answer.map((record) => recordText(record)),
    [answer[3], answer[2], answer[1], answer[0]],
  );
});

test('other types keep their order', async () => {
  await using server = await start('a\n192.0.2.3 255');
  const reply = (await server.ask('a', 'MX'))!;
  assert.deepEqual(
    reply.answer.map((record) => recordText(record)),
    answer,
  );
});

test('a changed file counts from the next look on; a broken one is logged once', async () => {
  const clock = new FakeClock();
  await using server = await start('a\n192.0.2.1 255\n', 'reload 10s', clock);
  // A look that falls due while another goes on is left out, so time passes until one has taken place.
  const look = async (text: string | undefined, passed: () => boolean | Promise<boolean>): Promise<void> => {
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
    await until(() => {
      clock.advance(10_000);
      return passed();
    });
  };
  const problems = (): string[] => server.lines.filter((line) => line.includes('weights in'));
  const third = async (): Promise<boolean> => (await shares(server))[2]! > 900;
  await look('a\n192.0.2.3 255\n', third);
  let turns = 0;
  await look('a\n192.0.2.2 0\n', () => problems().length > 0 && ++turns > 20);
  assert.equal(problems().length, 1);
  await look(undefined, () => problems().length === 2);
  assert.match(problems()[0]!, /^\[ERROR\] plugin\/loadbalance: weights in .*: line 2: invalid weight '0'/);
  assert.match(problems()[1]!, /ENOENT/);
  assert.ok(await third(), 'the last good weights stay');
});

test('a file that comes later is taken up', async () => {
  const clock = new FakeClock();
  await using server = await start(undefined, '', clock);
  assertNear(await shares(server), [333, 333, 333]);
  writeFileSync(path, 'a\n192.0.2.2 255\n');
  clock.advance(30_000);
  await until(async () => (await shares(server))[1]! > 900);
});

test('reload 0 needs the file, and reads it once', async () => {
  await assert.rejects(
    start(undefined, 'reload 0'),
    /^CorefileError: Corefile:2: .*cannot read weights: ENOENT/,
  );
  const clock = new FakeClock();
  await using server = await start('a\n192.0.2.2 255\n', 'reload 0s', clock);
  assert.equal(clock.pending, 0);
  assert.ok((await shares(server))[1]! > 900);
});

test('a broken file refuses the start', async () => {
  await assert.rejects(
    start('192.0.2.1 5\n'),
    /^CorefileError: Corefile:2: .*line 1: a domain name must stand/,
  );
});

const broken: readonly [text: string, message: RegExp][] = [
  ['a\n192.0.2.1', /line 2: expected a domain name; is the weight behind 192.0.2.1 missing/],
  ['a\n192.0.2.1 0', /line 2: invalid weight '0'; expected 1 to 255/],
  ['a\n192.0.2.1 256', /invalid weight '256'/],
  ['a\n192.0.2.1 1.5', /invalid weight '1.5'/],
  ['a\nb 1', /'b' is not an IP address/],
  ['a\n192.0.2.1 1 2', /neither a domain name nor an address/],
  ['::1 1', /line 1: a domain name must stand/],
];
for (const [text, message] of broken) {
  test(`weights '${text.replace('\n', ' | ')}' are refused`, () =>
    assert.throws(() => Weights.parse(text), message));
}

const refused: readonly [text: string, message: RegExp][] = [
  ['loadbalance random', /expected one of round_robin, weighted/],
  ['loadbalance round_robin file', /loadbalance \[round_robin \| weighted FILE\]/],
  ['loadbalance weighted', /the file of weights is missing/],
  ['loadbalance weighted a b', /expected loadbalance/],
  ['loadbalance {\n reload 5s\n}', /unknown property 'reload'/],
  ['loadbalance weighted f {\n prefer ::/0\n}', /unknown property 'prefer'/],
  ['loadbalance weighted f {\n reload\n}', /1 argument/],
  ['loadbalance weighted f {\n reload -1s\n}', /duration/],
  ['loadbalance {\n prefer\n}', /at least 1 argument/],
  ['loadbalance {\n prefer example.org\n}', /invalid network 'example.org'/],
  ['loadbalance\nloadbalance', /only be used once/],
];
for (const [text, message] of refused) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () =>
    assert.throws(
      () => parsePlugin(loadbalance, text),
      (error) => error instanceof CorefileError && message.test(error.message),
    ));
}
