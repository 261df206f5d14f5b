import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNCHANGING } from '../../src/server/repeat.ts';
import type { Repeat } from '../../src/server/repeat.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { parseRecord } from '../../src/wire/presentation.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { question } from '../../test/kit/question.ts';
import { rewrite } from './index.ts';
import { RewriteHandler } from './handler.ts';

const RUNNING: Repeat = { running: { since: 0, elapsed: 3 }, until: 30_000 };

// What the plugin behind vouches for, and whether the rules leave it so.
const rows: readonly [title: string, rules: string, behind: Repeat | undefined, vouched: boolean][] = [
  ['a name, and back', 'rewrite name a.test b.test', UNCHANGING, true],
  ['names by pattern', 'rewrite name suffix a.test b.test answer auto', UNCHANGING, true],
  ['a name, as TTLs run down', 'rewrite name a.test b.test', RUNNING, true],
  ['targets', 'rewrite name regex a.test b.test answer value (.*)\\.c c{1}.d', UNCHANGING, true],
  ['the response code', 'rewrite rcode a.test NXDOMAIN NOERROR', UNCHANGING, true],
  ['the type', 'rewrite type A AAAA', RUNNING, true],
  ['another name', 'rewrite name x.test y.test', RUNNING, true],
  ['a TTL that stands still', 'rewrite ttl a.test 7', UNCHANGING, true],
  ['a TTL that runs down', 'rewrite ttl a.test 7', RUNNING, false],
  // 20 seconds now, but in 16 seconds the bound takes hold.
  ['a TTL that will run below its bound', 'rewrite ttl a.test 5-', RUNNING, false],
  ['several', 'rewrite continue name a.test b.test\nrewrite ttl b.test 7', UNCHANGING, true],
  ['what nobody vouches for', 'rewrite name a.test b.test', undefined, false],
  ['an alias that is followed', 'rewrite cname c.test d.test', UNCHANGING, false],
];
for (const [title, rules, behind, vouched] of rows) {
  test(`${title}: ${vouched ? 'stays' : 'is not'} repeatable`, async () => {
    const answer = ['b.test. 20 IN A 192.0.2.1', 'b.test. 20 IN CNAME c.test.'].map(parseRecord);
    const reply = new Reply({ rcode: Rcode.NameError, answer, repeat: behind });
    const arrival = { server: 'dns://:53', resolve: () => new Reply({ answer: answer.slice(0, 1) }) };
    const given = await new RewriteHandler(parsePlugin(rewrite, rules).steps).handle(
      question('a.test.', { arrival }),
      () => reply,
    );
    assert.equal(given.repeat, vouched ? behind : undefined);
  });
}
