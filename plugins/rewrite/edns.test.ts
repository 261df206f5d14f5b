import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, writeOptions } from '../../src/wire/edns.ts';
import type { Edns } from '../../src/wire/edns.ts';
import { ask } from './test-world.ts';

/** Options as text: `65518=0a0b`. */
type Options = readonly string[];

interface Row {
  readonly title: string;
  readonly rules: string;
  /** The client's OPT record; undefined: none. */
  readonly client?: Options;
  readonly from?: string;
  /** The OPT record that the plugin behind puts into its reply. */
  readonly upstream?: Options;
  readonly asked: Options | undefined;
  readonly got: Options | undefined;
}

const local = '65518';
const rows: readonly Row[] = [
  {
    title: 'set, without OPT',
    rules: 'local set 0xffee 0x0a0B',
    asked: [`${local}=0a0b`],
    got: [`${local}=0a0b`],
  },
  {
    title: 'set: text',
    rules: 'local set 65518 ab',
    client: [],
    asked: [`${local}=6162`],
    got: [`${local}=6162`],
  },
  {
    title: 'set: there is one, beside others',
    rules: 'local set 0xffee 0x01',
    client: ['3=', `${local}=ff`, '65001=01'],
    asked: ['3=', `${local}=01`, '65001=01'],
    got: ['3=', `${local}=01`],
  },
  {
    title: 'append: there is none',
    rules: 'local append 0xffee 0x01',
    client: [],
    asked: [`${local}=01`],
    got: [`${local}=01`],
  },
  {
    title: 'append: there is one',
    rules: 'local append 0xffee 0x01',
    client: [`${local}=ff`],
    asked: [`${local}=ff`],
    got: [`${local}=ff`],
  },
  {
    title: 'replace: there is none',
    rules: 'local replace 0xffee 0x01',
    client: ['10=0102030405060708'],
    asked: ['10=0102030405060708'],
    got: ['10=0102030405060708'],
  },
  { title: 'replace: no OPT', rules: 'local replace 0xffee 0x01', asked: undefined, got: undefined },
  {
    title: 'replace: there is one',
    rules: 'local replace 0xffee 0x01',
    client: [`${local}=ff`],
    asked: [`${local}=01`],
    got: [`${local}=01`],
  },
  { title: 'unset', rules: 'local unset 0xffee', client: [`${local}=ff`, '3='], asked: ['3='], got: ['3='] },
  { title: 'unset: there is none', rules: 'local unset 0xffee', client: ['3='], asked: ['3='], got: ['3='] },
  {
    title: 'revert: there was none',
    rules: 'local set 0xffee 0x01 revert',
    client: ['3='],
    asked: ['3=', `${local}=01`],
    got: ['3='],
  },
  { title: 'revert: no OPT', rules: 'local set 0xffee 0x01 revert', asked: [`${local}=01`], got: [] },
  {
    title: 'revert: there was one',
    rules: 'local replace 0xffee 0x01 revert',
    client: [`${local}=ff`],
    asked: [`${local}=01`],
    got: [`${local}=ff`],
  },
  {
    title: 'revert: in the OPT of an upstream',
    rules: 'nsid set revert',
    client: [],
    upstream: ['3=6e73', `${local}=01`],
    asked: ['3='],
    got: [`${local}=01`],
  },
  {
    title: 'the OPT of an upstream stays',
    rules: 'local set 0xffee 0x01',
    client: [],
    upstream: ['15=0001'],
    asked: [`${local}=01`],
    got: ['15=0001'],
  },
  { title: 'nsid set', rules: 'nsid set', asked: ['3='], got: ['3='] },
  { title: 'nsid append: only once', rules: 'nsid append', client: ['3='], asked: ['3='], got: ['3='] },
  { title: 'nsid unset', rules: 'nsid unset', client: ['3='], asked: [], got: [] },
  {
    title: 'subnet of IPv4; is not echoed',
    rules: 'subnet set 20 56',
    client: [],
    from: '198.51.111.7',
    asked: ['8=00011400c63360'],
    got: [],
  },
  {
    title: 'subnet of IPv6',
    rules: 'subnet set 24 56',
    client: [],
    from: '2001:db8:1:23ff::7',
    asked: ['8=0002380020010db8000123'],
    got: [],
  },
  { title: 'subnet of no bits', rules: 'subnet set 0 0', client: [], asked: ['8=00010000'], got: [] },
  {
    title: 'subnet replaced',
    rules: 'subnet replace 32 128',
    client: ['8=000108000a'],
    asked: ['8=00012000c0000201'],
    got: [],
  },
  {
    title: '{qname}',
    rules: 'local set 0xffee {qname}',
    asked: [`${local}=412e746573742e`],
    got: [`${local}=412e746573742e`],
  },
  { title: '{qtype}', rules: 'local set 0xffee {qtype}', asked: [`${local}=0001`], got: [`${local}=0001`] },
  {
    title: '{client_ip}',
    rules: 'local set 0xffee {client_ip}',
    asked: [`${local}=c0000201`],
    got: [`${local}=c0000201`],
  },
  {
    title: '{client_port}',
    rules: 'local set 0xffee {client_port}',
    asked: [`${local}=9c40`],
    got: [`${local}=9c40`],
  },
  {
    title: '{protocol}',
    rules: 'local set 0xffee {protocol}',
    asked: [`${local}=756470`],
    got: [`${local}=756470`],
  },
  {
    title: '{server_ip}',
    rules: 'local set 0xffee {server_ip}',
    asked: [`${local}=c0000235`],
    got: [`${local}=c0000235`],
  },
  {
    title: '{server_port}',
    rules: 'local set 0xffee {server_port}',
    asked: [`${local}=0035`],
    got: [`${local}=0035`],
  },
  {
    title: 'metadata that is missing',
    rules: 'local set 0xffee {kubernetes/client-namespace}',
    asked: undefined,
    got: undefined,
  },
];

for (const { title, rules, client, from = '192.0.2.1', upstream, asked, got } of rows) {
  test(`edns0: ${title}`, async () => {
    const options = client && { edns: { options: wire(client) } };
    const seen = await ask(`rewrite edns0 ${rules}`, ['A.test', 'A', { from, ...options }], () =>
      upstream === undefined
        ? {}
        : { edns: { udpSize: 512, version: 0, dnssecOk: false, options: wire(upstream) } },
    );
    assert.deepEqual(text(seen.askedEdns[0]), asked, 'asked');
    assert.deepEqual(text(seen.edns), got, 'got');
    assert.equal(seen.askedEdns[0]?.udpSize, asked && (client === undefined ? 4096 : 1232));
    assert.equal(seen.edns?.udpSize, got && (client === undefined ? 4096 : 1232));
  });
}

test('edns0: a client gets a local option back whose rule was not reached', async () => {
  const rules = 'rewrite name a.test b.test\nrewrite edns0 local set 0xffee 0x01';
  const edns = { options: wire([`${local}=ff`, '65001=01']), dnssecOk: true };
  const seen = await ask(rules, ['a.test', 'A', { edns }], () => ({}));
  assert.deepEqual(text(seen.edns), [`${local}=ff`]);
  assert.equal(seen.edns!.dnssecOk, true);
});

test('edns0: a client without EDNS gets no more than 512 bytes for an OPT record that was put in', async () => {
  const answer = Array.from({ length: 60 }, (_, index) => `a.test. 5 IN A 192.0.2.${index}`);
  const seen = await ask('rewrite edns0 nsid set', ['a.test'], () => ({ answer }));
  assert.equal(seen.truncated, true);
  assert.ok(seen.answer.length > 20 && seen.answer.length < 32, `${seen.answer.length} records`);
});

function wire(options: Options): Uint8Array {
  return writeOptions(
    options.map((option) => {
      const [code, data = ''] = option.split('=');
      return { code: Number(code), data: Buffer.from(data, 'hex') };
    }),
  );
}

function text(edns: Edns | undefined): Options | undefined {
  if (edns === undefined) return undefined;
  return readOptions(edns.options).map(({ code, data }) => `${code}=${Buffer.from(data).toString('hex')}`);
}
