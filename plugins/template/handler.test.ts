import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode, rcodeName, RecordClass, RecordType, typeFromName } from '../../src/wire/codes.ts';
import { parseRecord, recordText } from '../../src/wire/presentation.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { question } from '../../test/kit/question.ts';
import { startServer } from '../../test/kit/server.ts';
import { TemplateHandler } from './handler.ts';
import { template } from './index.ts';
import { TemplateMetrics } from './metrics.ts';

function handler(text: string, zones = '.'): TemplateHandler {
  return new TemplateHandler(
    parsePlugin(template, text, zones),
    new TemplateMetrics(new PrometheusRegistry()),
  );
}

const passedOn = new Reply({ source: 'next' });

/** `RCODE: answer | authority | additional`, or `next`. */
function shown(reply: Reply): string {
  if (reply === passedOn) return 'next';
  const { answer, authority, additional } = reply;
  const sections = [answer, authority, additional].map((records) => records.map(recordText).join(', '));
  return `${rcodeName(reply.rcode)}: ${sections.join(' | ')}`.trimEnd();
}

const rows: readonly [title: string, corefile: string, name: string, type: string, reply: string][] = [
  [
    'a name is put into a record',
    'template IN A {\n answer "{{ .Name }} 5 IN A 192.0.2.1"\n}',
    'Web.A.',
    'A',
    'NOERROR: web.a. 5 IN A 192.0.2.1 |  |',
  ],
  ['without records there is no data', 'template IN A', 'a.', 'A', 'NOERROR:  |  |'],
  ['another type is for the next plugin', 'template IN A', 'a.', 'MX', 'next'],
  ['another zone is for the next plugin', 'template IN A b', 'a.', 'A', 'next'],
  ['a zone that only ends alike is another', 'template IN A b', 'ab.', 'A', 'next'],
  ['ANY takes all types', 'template ANY ANY', 'a.', 'MX', 'NOERROR:  |  |'],
  ['a question for ANY is for all rules', 'template IN A', 'a.', 'ANY', 'NOERROR:  |  |'],
  [
    'the longest zone counts',
    'template IN TXT a b.a . {\n answer "x. 5 TXT {{ .Zone }}"\n}',
    'c.b.a.',
    'TXT',
    'NOERROR: x. 5 IN TXT "b.a." |  |',
  ],
  ['no match fails', 'template IN A {\n match ^x\n}\ntemplate IN A', 'a.', 'A', 'SERVFAIL:  |  |'],
  [
    'no match falls through to the next rule',
    'template IN A {\n match ^x\n fallthrough\n}\ntemplate IN A {\n rcode NXDOMAIN\n}',
    'a.',
    'A',
    'NXDOMAIN:  |  |',
  ],
  [
    'no match falls through to the next plugin',
    'template IN A {\n match ^x\n fallthrough\n}',
    'a.',
    'A',
    'next',
  ],
  [
    'no match falls through in some zones only',
    'template IN A {\n match ^x\n fallthrough b\n}',
    'a.',
    'A',
    'SERVFAIL:  |  |',
  ],
  [
    'no match falls through below a zone',
    'template IN A {\n match ^x\n fallthrough b\n}',
    'a.b.',
    'A',
    'next',
  ],
  [
    'the first pattern that matches counts',
    'template IN TXT {\n match ^x ^(a)\n match ^(.)\n answer "a. 5 TXT {{ .Regex | printf `%q` }} {{ index .Match 1 }}"\n}',
    'a.',
    'TXT',
    'NOERROR: a. 5 IN TXT "^(a)" "a" |  |',
  ],
  ['patterns see lower case', 'template IN A {\n match ^web[.]$\n}', 'WEB.', 'A', 'NOERROR:  |  |'],
  [
    'groups by name and number',
    'template IN TXT {\n match ^(?P<n>.)(.)\n answer "a. 5 TXT {{ .Group.n }} {{ index .Group `2` }} {{ index .Group `0` }}"\n}',
    'ab.',
    'TXT',
    'NOERROR: a. 5 IN TXT "a" "b" "ab" |  |',
  ],
  [
    'what else there is of a query',
    'template IN TXT {\n answer "a. 5 TXT {{ .Class }} {{ .Type }} {{ .Remote }} {{ .Question.Name }} {{ .Question.Qtype }} {{ .Message.Id }} {{ .Message.RecursionDesired }} {{ (index .Message.Question 0).Qclass }} x{{ .Meta `a` }}"\n}',
    'Ab.',
    'TXT',
    'NOERROR: a. 5 IN TXT "IN" "TXT" "192.0.2.1" "Ab." "16" "4711" "true" "1" "x" |  |',
  ],
  [
    'all sections',
    'template IN MX {\n additional "c. 5 A 192.0.2.1"\n answer "a. 5 MX 1 b."\n authority "a. 5 NS b."\n}',
    'a.',
    'MX',
    'NOERROR: a. 5 IN MX 1 b. | a. 5 IN NS b. | c. 5 IN A 192.0.2.1',
  ],
  [
    'a record for each turn of a loop',
    'template IN A {\n answer "{{ range $i := 3 }}{{ $.Name }} 5 A 192.0.2.{{ $i }}\n{{ end }}"\n}',
    'a.',
    'A',
    'NOERROR: a. 5 IN A 192.0.2.0, a. 5 IN A 192.0.2.1, a. 5 IN A 192.0.2.2 |  |',
  ],
  [
    'no record where a template makes none',
    'template IN A {\n answer "{{ if eq .Name `b.` }}b. 5 A 192.0.2.1{{ end }}"\n}',
    'a.',
    'A',
    'NOERROR:  |  |',
  ],
  [
    'parseInt',
    'template IN A {\n match ^([0-9a-f]{2})[.]\n answer "{{ .Name }} 5 A 10.0.0.{{ parseInt (index .Match 1) 16 8 }}"\n}',
    'ff.',
    'A',
    'NOERROR: ff. 5 IN A 10.0.0.255 |  |',
  ],
  [
    'an rcode with records',
    'template IN A {\n rcode REFUSED\n authority "a. 5 NS b."\n}',
    'a.',
    'A',
    'REFUSED:  | a. 5 IN NS b. |',
  ],
  [
    'SERVFAIL goes without records',
    'template IN A {\n rcode SERVFAIL\n authority "a. 5 NS b."\n}',
    'a.',
    'A',
    'SERVFAIL:  |  |',
  ],
  [
    'variables',
    "template IN A {\n match ^(?P<ip>[-0-9]+)[.]\n var ip replace(group('ip'), '-', '.')\n answer \"{{ .Name }} 5 A {{ .Var.ip }}\"\n}",
    '10-1-2-3.',
    'A',
    'NOERROR: 10-1-2-3. 5 IN A 10.1.2.3 |  |',
  ],
  [
    'a condition that holds',
    "template IN A {\n var last split(name(), '.')[1]\n expr last == 'b'\n expr zone() == '.'\n}",
    'a.b.',
    'A',
    'NOERROR:  |  |',
  ],
  [
    'a condition that does not hold is no match',
    "template IN A {\n expr name() == 'b.'\n}",
    'a.',
    'A',
    'SERVFAIL:  |  |',
  ],
  [
    'a condition that does not hold falls through',
    "template IN A {\n expr incidr(client_ip(), '10.0.0.0/8')\n fallthrough\n}",
    'a.',
    'A',
    'next',
  ],
  [
    'a condition that is no boolean does not hold',
    'template IN A {\n expr 1\n}',
    'a.',
    'A',
    'SERVFAIL:  |  |',
  ],
];
for (const [title, corefile, name, type, expected] of rows) {
  test(title, () => {
    const reply = handler(corefile).handle(question(name, { type: typeFromName(type)! }), () => passedOn);
    assert.ok(reply instanceof Reply);
    assert.equal(shown(reply), expected.trimEnd());
    if (reply !== passedOn) assert.equal(reply.source, 'template');
    if (reply !== passedOn && reply.rcode !== Rcode.ServerFailure)
      assert.ok(reply.authoritative && !reply.bare);
    assert.equal(reply.error, undefined);
  });
}

test('other classes', () => {
  const chaos = handler('template CH TXT {\n answer "a. 0 CH TXT {{ .Class }}"\n}');
  const asked = { class: RecordClass.CH, type: RecordType.TXT };
  assert.equal(
    shown(chaos.handle(question('a.', asked), () => passedOn) as Reply),
    'NOERROR: a. 0 CH TXT "CH" |  |',
  );
  assert.equal(
    chaos.handle(question('a.', { type: RecordType.TXT }), () => passedOn),
    passedOn,
  );
});

const failing: readonly [title: string, corefile: string, message: RegExp][] = [
  [
    'a template',
    'template IN A {\n answer "{{ index .Match 1 }}"\n}',
    /^Corefile:3: .*template of answer: index out of range: 1/,
  ],
  ['a field that is not there', 'template IN A {\n answer "{{ .Nmae }}"\n}', /can't evaluate field Nmae/],
  [
    'a record',
    'template IN A {\n authority "{{ .Name }} 5 IN A 1"\n}',
    /^Corefile:3: .*authority 'a. 5 IN A 1' is no record/,
  ],
  [
    'a record without actions',
    'template IN A {\n answer "a. 5 IN A 300.0.0.1"\n}',
    /'a. 5 IN A 300.0.0.1' is no record/,
  ],
  [
    'an expression',
    "template IN A {\n expr 1 < 'a'\n fallthrough\n}",
    /^Corefile:2: .*expression: cannot order/,
  ],
  ['a group that is not there', "template IN A {\n var x group('a')\n}", /no group 'a'/],
];
for (const [title, corefile, message] of failing) {
  test(`${title} that goes wrong is answered SERVFAIL, with the reason`, () => {
    const reply = handler(corefile).handle(question('a.'), () => passedOn) as Reply;
    assert.deepEqual([reply.rcode, reply.bare], [Rcode.ServerFailure, true]);
    assert.match(reply.error!.message, message);
  });
}

function withAnswers(name: string, resolve: (query: Query) => Reply | Promise<Reply>, type: number): Query {
  return question(name, { type, arrival: { server: 'dns://:53', resolve } });
}

for (const [title, isLate] of [
  ['at hand', false],
  ['late', true],
] as const) {
  test(`aliases are followed by what the server answers, ${title}`, async () => {
    const asked: string[] = [];
    const resolve = (query: Query): Reply | Promise<Reply> => {
      asked.push(`${query.name} ${query.type}`);
      const reply = new Reply({
        truncated: true,
        answer: [parseRecord(`${query.name} 5 IN AAAA 2001:db8::1`)],
      });
      return isLate ? Promise.resolve(reply) : reply;
    };
    const aliases = handler('template IN ANY {\n answer "a. 5 CNAME b." "a. 5 CNAME c."\n}');
    const pending = aliases.handle(withAnswers('a.', resolve, RecordType.AAAA), () => passedOn);
    assert.equal(pending instanceof Promise, isLate);
    const reply = await pending;
    assert.deepEqual(asked, ['b. 28', 'c. 28']);
    assert.equal(
      shown(reply),
      'NOERROR: a. 5 IN CNAME b., b. 5 IN AAAA 2001:db8::1, a. 5 IN CNAME c., c. 5 IN AAAA 2001:db8::1 |  |',
    );
    assert.ok(reply.truncated && reply.authoritative);
    const unfollowed = aliases.handle(withAnswers('a.', resolve, RecordType.CNAME), () => passedOn) as Reply;
    assert.equal(unfollowed.answer.length, 2);
    assert.equal(asked.length, 2, 'only addresses are looked up');
  });
}

test('an extended error goes with the answer', () => {
  const blocking = handler('template IN A {\n rcode NXDOMAIN\n ederror 15 why\n}');
  const reply = blocking.handle(question('a.'), () => passedOn) as Reply;
  assert.deepEqual(reply.extendedError, { code: 15, text: 'why' });
});

const repeats: readonly [body: string, pure: boolean][] = [
  ['answer "{{ .Name }} A 192.0.2.1"', true],
  ['answer "{{ if .Message.RecursionDesired }}{{ .Question.Name }} A 192.0.2.1{{ end }}"', true],
  ["expr name() == 'a.'\n var x group('0')", true],
  ['answer "{{ .Name }} A {{ .Remote }}"', false],
  ['authority "{{ $.Name }} TXT {{ $.Message.Id }}"', false],
  ['additional "{{ with .Message }}a. TXT {{ .Id }}{{ end }}"', false],
  ['answer "{{ .Name }} TXT {{ .Meta `a` }}"', false],
  ["expr client_ip() == '192.0.2.1'", false],
  ['var x proto()', false],
];
for (const [body, pure] of repeats) {
  test(`${body.replace(/\s+/g, ' ')} ${pure ? 'may' : 'may not'} be repeated for others`, () => {
    const { repeats } = handler(`template IN MX\ntemplate IN A {\n ${body}\n}`);
    assert.equal(repeats, pure ? 'pure' : undefined);
  });
}

test('repeats of an answer are counted as matches', () => {
  const registry = new PrometheusRegistry();
  const counter = registry.counter({
    name: 'coredns_template_matches_total',
    help: '',
    labels: ['server', 'zone', 'view', 'class', 'type'],
  });
  const rules = parsePlugin(template, 'template IN A {\n answer "{{ .Name }} A 192.0.2.1"\n}');
  const answering = new TemplateHandler(rules, new TemplateMetrics(registry));
  const reply = answering.handle(question('a.'), () => passedOn) as Reply;
  reply.repeat?.counter?.add(7);
  assert.equal(counter.cell('dns://:53', '.', '', 'IN', 'A').value, 8);
  const alias = handler('template IN A {\n answer "{{ .Name }} CNAME b."\n}');
  const arrival = { server: 'dns://:53', resolve: () => passedOn };
  const followed = alias.handle(question('a.', { arrival }), () => passedOn) as Reply;
  assert.equal(followed.repeat, undefined, 'what the target has may change');
});

test('matches and failures are counted; a record that cannot be one is warned of', async () => {
  await using server = await startServer(
    'A.test {\n template IN A {\n answer "x y"\n }\n template IN ANY {\n match b\n answer "{{ .X }}"\n }\n errors\n prometheus localhost:0\n}',
  );
  await server.ask('c.a.test', 'A');
  await server.ask('b.a.test', 'MX');
  await server.ask('b.a.test', 'TYPE4711');
  await server.ask('c.a.test', 'MX');
  const labels = (type: string): string =>
    `server="dns://:53",zone="a.test.",view="",class="IN",type="${type}"`;
  for (const [line, value] of [
    [`coredns_template_matches_total{${labels('A')}}`, 1],
    [`coredns_template_matches_total{${labels('MX')}}`, 1],
    [`coredns_template_matches_total{${labels('other')}}`, 1],
    [`coredns_template_rr_failures_total{${labels('A')},section="answer",template="x y"}`, 1],
    [`coredns_template_template_failures_total{${labels('MX')},section="answer",template="{{ .X }}"}`, 1],
  ] as const) {
    assert.equal(await server.metric(line), value, line);
  }
  assert.ok(
    server.lines.includes("[WARNING] plugin/template: Corefile:3: 'x y' is no record: unknown type 'y'"),
  );
  assert.ok(
    server.lines.includes(
      "[ERROR] plugin/errors: 2 b.a.test. MX: Corefile:7: plugin/template: template of answer: can't evaluate field X",
    ),
  );
});
