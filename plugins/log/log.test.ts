import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { Observation } from '../../src/observation/observation-ring.ts';
import { Reply, type ReplyFields } from '../../src/server/reply.ts';
import type { Client, QueryFields } from '../../src/server/query.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { Rcode, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { question, record } from '../../test/kit/question.ts';
import { startServer } from '../../test/kit/server.ts';
import { log } from './index.ts';
import { COMMON_FORMAT, compileFormat, formatLine, formatOfRepeats, formatRepeat } from './line-format.ts';

const EVERY = 'success denial error';
const good = [
  { title: 'nothing: all names', text: 'log', rules: [['.', EVERY]] },
  { title: 'a name', text: 'log Example.org', rules: [['example.org.', EVERY]] },
  {
    title: 'names',
    text: 'log example.org example.net',
    rules: [
      ['example.org.', EVERY],
      ['example.net.', EVERY],
    ],
  },
  { title: 'a network', text: 'log 10.0.0.0/8', rules: [['10.in-addr.arpa.', EVERY]] },
  {
    title: 'classes on several lines',
    text: 'log {\n class denial\n class error\n}',
    rules: [['.', 'denial error']],
  },
  { title: 'all classes', text: 'log . {\n class denial all\n}', rules: [['.', EVERY]] },
  {
    title: 'several lines, in order',
    text: 'log example.org {\n class error\n}\nlog .',
    rules: [
      ['example.org.', 'error'],
      ['.', EVERY],
    ],
  },
];
for (const { title, text, rules } of good) {
  test(`log takes ${title}`, () => {
    const parsed = parsePlugin(log, text).rules;
    const order = ['success', 'denial', 'error'] as const;
    assert.deepEqual(
      parsed.map(({ zone, classes }) => [zone, order.filter((name) => classes.has(name)).join(' ')]),
      rules,
    );
    for (const rule of parsed) assert.deepEqual(rule.format, compileFormat(COMMON_FORMAT));
  });
}

test('the last of several words is a format if it has a brace; names share it', () => {
  const { rules } = parsePlugin(log, 'log example.org example.net "{name}!"');
  assert.deepEqual(
    rules.map(({ zone }) => zone),
    ['example.org.', 'example.net.'],
  );
  for (const rule of rules) assert.equal(formatLine(rule.format, question('a.'), new Reply({}), 0), 'a.!');
});

test('a single word is a name, even one with a brace', () => {
  assert.deepEqual(
    parsePlugin(log, 'log {common}').rules.map(({ zone }) => zone),
    ['{common}.'],
  );
});

const bad = [
  {
    title: 'an unknown property',
    text: 'log {\n clas all\n}',
    message: /^Corefile:3: .*did you mean 'class'/,
  },
  {
    title: 'an unknown class',
    text: 'log {\n class succes\n}',
    message: /^Corefile:3: .*did you mean 'success'/,
  },
  { title: 'no class', text: 'log {\n class\n}', message: /^Corefile:3: wrong argument count/ },
];
for (const { title, text, message } of bad) {
  test(`log refuses ${title}`, () => {
    assert.throws(
      () => parsePlugin(log, text),
      (error) => {
        assert.ok(error instanceof CorefileError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

const a = record('Example.org.', RecordType.A);
const v6 = {
  protocol: 'tcp',
  address: '2001:db8::1',
  port: 7,
  family: 6,
  localAddress: '2001:db8::53',
  localPort: 53,
} as const;
const edns = { udpSize: 1232, version: 0, dnssecOk: true, options: new Uint8Array(0) };

const lines: {
  title: string;
  format?: string;
  query?: Partial<QueryFields>;
  reply?: ReplyFields | 'none';
  milliseconds?: number;
  line: string;
}[] = [
  {
    title: 'the common format',
    format: '{common}',
    reply: { answer: [a], authoritative: true },
    milliseconds: 0.152,
    line: '192.0.2.1:40212 - 4711 "A IN example.org. udp 29 false 512" NOERROR qr,aa,rd 56 0.000152s',
  },
  {
    title: 'the combined format, in the midst of another',
    format: '<{combined}>',
    query: { client: v6, edns, type: RecordType.HTTPS },
    reply: { rcode: Rcode.NameError },
    milliseconds: 1500,
    line: '<[2001:db8::1]:7 - 4711 "HTTPS IN example.org. tcp 29 true 65535" NXDOMAIN qr,rd 29 1.5s "0">',
  },
  {
    title: 'a bare SERVFAIL as it will be sent',
    format: '{rcode} {>rflags} {rsize}',
    reply: { rcode: Rcode.ServerFailure, bare: true },
    line: 'SERVFAIL qr,rd 29',
  },
  { title: 'silence', format: '{rcode} {>rflags} {rsize}', reply: 'none', line: '- - 0' },
  {
    title: 'all flags',
    format: '{>rflags}',
    query: { flags: 0x0110 },
    reply: { authoritative: true, truncated: true, recursionAvailable: true, authenticData: true },
    line: 'qr,aa,tc,rd,ra,ad,cd',
  },
  { title: 'no flags of the query', format: '{>rflags}', query: { flags: 0 }, line: 'qr' },
  { title: 'an unknown rcode', format: '{rcode}', reply: { rcode: 3841 }, line: '3841' },
  {
    title: 'unknown type and class, and the opcode',
    format: '{type} {class} {>opcode}',
    query: { type: 65_280, class: 65_281, flags: 4 << 11 },
    line: 'TYPE65280 CLASS65281 4',
  },
  { title: 'class CH', format: '{class}', query: { class: RecordClass.CH }, line: 'CH' },
  { title: 'the EDNS size', format: '{>bufsize} {>do}', query: { edns }, line: '1232 true' },
  {
    title: 'addresses',
    format: '{remote} {local}',
    query: { client: v6 },
    line: '[2001:db8::1] [2001:db8::53]',
  },
  { title: 'a label that nobody defines', format: '{/zone/wildcard}', line: '-' },
  {
    title: 'unknown placeholders and lone braces',
    format: '{x} {>Y} { {name} }',
    line: '{x} {>Y} { example.org. }',
  },
  { title: 'a nanosecond', format: '{duration}', milliseconds: 0.000001, line: '0.000000001s' },
  { title: 'no time at all', format: '{duration}', milliseconds: 0, line: '0s' },
  { title: 'ten seconds', format: '{duration}', milliseconds: 10_000, line: '10s' },
];
for (const { title, format = COMMON_FORMAT, query, reply = {}, milliseconds = 0, line } of lines) {
  test(`a line shows ${title}`, () => {
    const asked = question('Example.org.', query);
    const answered = reply === 'none' ? Reply.silence : new Reply(reply);
    assert.equal(formatLine(compileFormat(format), asked, answered, milliseconds), line);
  });
  // What was answered nothing is not repeated.
  if (reply === 'none') continue;
  test(`the line of a repeat shows ${title}`, () => {
    const { client, id, ...rest } = question('Example.org.', query);
    const asked = question('Example.org.', { ...rest, id: 1, client: { ...client, address: '::', port: 1 } });
    const repeats = formatOfRepeats(compileFormat(format), asked, new Reply(reply));
    assert.equal(formatRepeat(repeats, observation(client, id, milliseconds)), line);
  });
}

/** What a worker tells of a query. */
function observation({ address, family, port }: Client, id: number, milliseconds: number): Observation {
  const seen = new Observation();
  seen.address.set(addressBytes(address)!);
  return Object.assign(seen, { family, port, id, duration: Math.fround(milliseconds / 1000) });
}

const answers = answering('whoami', (query) => {
  if (query.name.startsWith('no.')) return new Reply({ rcode: Rcode.NameError });
  if (query.name.startsWith('fail.')) return Reply.failure(Rcode.ServerFailure, 'whoami');
  if (query.name.startsWith('silent.')) return Reply.silence;
  const reply = new Reply({ answer: [record(query.originalName, RecordType.A)] });
  return query.name.startsWith('later.') ? Promise.resolve(reply) : reply;
});

const filters = [
  {
    title: 'the line has no plugin prefix, and a late reply has one too',
    text: 'log',
    ask: ['WWW.example.org.', 'later.example.org.'],
    lines: [
      '[INFO] 192.0.2.1:40000 - 4711 "A IN www.example.org. udp 33 false 512" NOERROR qr,rd 64 0s',
      '[INFO] 192.0.2.1:40000 - 4711 "A IN later.example.org. udp 35 false 512" NOERROR qr,rd 68 0s',
    ],
  },
  {
    title: 'only names at or below the zone are logged',
    text: 'log example.org {name}',
    ask: ['example.org.', 'a.example.org.', 'anexample.org.', 'org.'],
    lines: ['[INFO] example.org.', '[INFO] a.example.org.'],
  },
  {
    title: 'the first rule that covers a name decides, even against its line',
    text: 'log example.org {name} {\n class error\n}\nlog . {rcode}',
    ask: ['example.org.', 'fail.example.org.', 'no.org.'],
    lines: ['[INFO] fail.example.org.', '[INFO] NXDOMAIN'],
  },
  {
    title: 'denial is NXDOMAIN',
    text: 'log . {name} {\n class denial\n}',
    ask: ['a.', 'no.a.', 'fail.a.', 'silent.a.'],
    lines: ['[INFO] no.a.'],
  },
  {
    title: 'silence is an error',
    text: 'log . {name} {\n class error\n}',
    ask: ['a.', 'no.a.', 'fail.a.', 'silent.a.'],
    lines: ['[INFO] fail.a.', '[INFO] silent.a.'],
  },
];
for (const { title, text, ask, lines: expected } of filters) {
  test(title, async () => {
    await using server = await startServer(`. {\n${text}\nwhoami\n}`, { plugins: pluginMap(log, answers) });
    for (const name of ask) await server.ask(name, 'A');
    assert.deepEqual(server.lines, expected);
  });
}

test('the duration is what the rest of the chain took', async () => {
  const clock = new FakeClock();
  const slow = answering('whoami', () => {
    clock.advance(2.5);
    return new Reply({});
  });
  await using server = await startServer('. {\nlog . {duration}\nwhoami\n}', {
    plugins: pluginMap(log, slow),
    clock,
  });
  await server.ask('example.org.', 'A');
  assert.deepEqual(server.lines, ['[INFO] 0.0025s']);
});
