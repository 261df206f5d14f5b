import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Client } from '../../src/server/query.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { question } from '../../test/kit/question.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { WhoamiHandler } from './handler.ts';
import { whoami } from './index.ts';

const rows: readonly {
  readonly title: string;
  readonly name: string;
  readonly client: Partial<Client>;
  readonly additional: readonly string[];
}[] = [
  {
    title: 'an IPv4 client by UDP',
    name: 'Example.org.',
    client: { address: '192.0.2.7', port: 4000 },
    additional: ['Example.org. 0 A 192.0.2.7', '_udp.Example.org. 0 SRV 0 0 4000 .'],
  },
  {
    title: 'an IPv6 client by TCP',
    name: 'example.org.',
    client: { address: '2001:db8::7', family: 6, port: 65535, protocol: 'tcp' },
    additional: ['example.org. 0 AAAA 2001:db8::7', '_tcp.example.org. 0 SRV 0 0 65535 .'],
  },
  {
    title: 'the root',
    name: '.',
    client: { address: '192.0.2.7', port: 1 },
    additional: ['. 0 A 192.0.2.7', '_udp. 0 SRV 0 0 1 .'],
  },
  {
    title: 'a name that has no room for another label',
    name: 'abcd.'.repeat(50),
    client: { address: '192.0.2.7', port: 1 },
    additional: [`${'abcd.'.repeat(50)} 0 A 192.0.2.7`],
  },
];
for (const { title, name, client, additional } of rows) {
  test(`whoami tells ${title} who it is`, () => {
    const asked = question(name, { type: RecordType.TXT });
    const reply = new WhoamiHandler().handle(asked.with({ client: { ...asked.client, ...client } }));
    assert.deepEqual(reply.additional.map(recordText), additional);
    assert.deepEqual([reply.rcode, reply.authoritative, reply.answer.length], [0, true, 0]);
  });
}

test('whoami answers in the class of the question', () => {
  const reply = new WhoamiHandler().handle(question('a.', { class: RecordClass.CH }));
  assert.deepEqual(
    reply.additional.map((record) => record.class),
    [RecordClass.CH, RecordClass.CH],
  );
});

test('whoami may not be repeated for another client', () => {
  assert.equal('repeats' in new WhoamiHandler(), false);
});

for (const text of ['whoami me', 'whoami {\n me\n}']) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () =>
    assert.throws(() => parsePlugin(whoami, text), CorefileError));
}
