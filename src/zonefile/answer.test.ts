import assert from 'node:assert/strict';
import { test } from 'node:test';
import { question } from '../../test/kit/question.ts';
import { Reply } from '../server/reply.ts';
import { Rcode } from '../wire/codes.ts';
import { parseRecord } from '../wire/presentation.ts';
import { zoneAnswer } from './answer.ts';
import { ask, zoneOf } from './test-zone.ts';

interface Row {
  readonly title: string;
  readonly ask: string;
  readonly answer: readonly string[];
}

const zone = zoneOf(
  `$TTL 60
@ SOA ns host 7 2 3 4 5
  NS ns
  NS ns.other.
  MX 1 mail
  MX 2 ns
  MX 3 mail
ns A 192.0.2.1
   AAAA 2001:db8::1
mail A 192.0.2.2
alias CNAME mail
twice CNAME alias
untyped CNAME mail
out CNAME x.other.
gone CNAME nosuch
toward CNAME deep.cut
toent CNAME ent
*.aliases CNAME mail
loop CNAME loop
a.ent A 192.0.2.3
cut NS ns.cut
    NS ns.sibling
    NS ns.other.
    DS 1 13 2 abcd
ns.cut A 192.0.2.4
       AAAA 2001:db8::4
deep.ns.cut A 192.0.2.5
below.cut NS ns.cut
ns.sibling A 192.0.2.6
srv SRV 1 2 3 mail
    SRV 1 2 4 .
https HTTPS 1 . alpn=h2
      HTTPS 2 mail
      A 192.0.2.7
`,
  'acme.test.',
);
const NS = ['ns acme.test. NS ns.acme.test.', 'ns acme.test. NS ns.other.'];
const NO = 'ns acme.test. SOA ns.acme.test. host.acme.test. 7 2 3 4 5';
const MAIL = 'ar mail.acme.test. A 192.0.2.2';
const REFERRAL = [
  ...['ns.cut.acme.test.', 'ns.sibling.acme.test.', 'ns.other.'].map(
    (name) => `ns cut.acme.test. NS ${name}`,
  ),
  'ar ns.cut.acme.test. A 192.0.2.4',
  'ar ns.cut.acme.test. AAAA 2001:db8::4',
];

const elsewhereAnswers: Readonly<Record<string, Reply>> = {
  'x.other. A': new Reply({ answer: [parseRecord('x.other. 9 IN A 192.0.2.99')] }),
  'x.other. AAAA': new Reply({}),
  'x.other. MX': new Reply({ rcode: Rcode.Refused }),
  'x.other. TXT': Reply.failure(Rcode.ServerFailure, 'forward'),
  'x.other. SRV': Reply.silence,
  'nosuch.acme.test. A': new Reply({ rcode: Rcode.NameError }),
  'ent.acme.test. A': new Reply({}),
  'mail.acme.test. NS': new Reply({}),
};
function elsewhere(text: string): Reply {
  const reply = elsewhereAnswers[text];
  assert.ok(reply !== undefined, `nobody expected the question ${text}`);
  return reply;
}

const rows: readonly Row[] = [
  { title: 'SOA', ask: 'acme.test. SOA', answer: ['NOERROR', NO.replace('ns', 'an'), ...NS] },
  {
    title: 'NS of the apex',
    ask: 'acme.test. NS',
    answer: [
      'NOERROR',
      ...NS.map((line) => line.replace('ns', 'an')),
      'ar ns.acme.test. A 192.0.2.1',
      'ar ns.acme.test. AAAA 2001:db8::1',
    ],
  },
  {
    title: 'MX with each address once',
    ask: 'acme.test. MX',
    answer: [
      'NOERROR',
      'an acme.test. MX 1 mail.acme.test.',
      'an acme.test. MX 2 ns.acme.test.',
      'an acme.test. MX 3 mail.acme.test.',
      ...NS,
      MAIL,
      'ar ns.acme.test. A 192.0.2.1',
      'ar ns.acme.test. AAAA 2001:db8::1',
    ],
  },
  {
    title: 'SRV with addresses',
    ask: 'srv.acme.test. SRV',
    answer: [
      'NOERROR',
      'an srv.acme.test. SRV 1 2 3 mail.acme.test.',
      'an srv.acme.test. SRV 1 2 4 .',
      ...NS,
      MAIL,
    ],
  },
  {
    title: 'HTTPS with the addresses of its owner',
    ask: 'https.acme.test. HTTPS',
    answer: [
      'NOERROR',
      'an https.acme.test. HTTPS 1 . alpn="h2"',
      'an https.acme.test. HTTPS 2 mail.acme.test.',
      ...NS,
      'ar https.acme.test. A 192.0.2.7',
      MAIL,
    ],
  },
  { title: 'no data', ask: 'mail.acme.test. AAAA', answer: ['NOERROR', NO] },
  { title: 'no data for ANY', ask: 'mail.acme.test. ANY', answer: ['NOERROR', NO] },
  { title: 'no such name', ask: 'nosuch.acme.test. A', answer: ['NXDOMAIN', NO] },
  {
    title: 'capital letters in small ones',
    ask: 'MAIL.Acme.test. A',
    answer: ['NOERROR', 'an mail.acme.test. A 192.0.2.2', ...NS],
  },
  {
    title: 'an alias itself',
    ask: 'alias.acme.test. CNAME',
    answer: ['NOERROR', 'an alias.acme.test. CNAME mail.acme.test.', ...NS],
  },
  {
    title: 'aliases followed',
    ask: 'twice.acme.test. A',
    answer: [
      'NOERROR',
      'an twice.acme.test. CNAME alias.acme.test.',
      'an alias.acme.test. CNAME mail.acme.test.',
      'an mail.acme.test. A 192.0.2.2',
      ...NS,
    ],
  },
  {
    title: 'an alias of a name without the type',
    ask: 'untyped.acme.test. TXT',
    answer: ['NOERROR', 'an untyped.acme.test. CNAME mail.acme.test.', ...NS],
  },
  {
    title: 'name servers of an alias',
    ask: 'untyped.acme.test. NS',
    answer: ['NOERROR', 'an untyped.acme.test. CNAME mail.acme.test.', NO],
  },
  {
    title: 'an alias by a wildcard',
    ask: 'x.y.aliases.acme.test. A',
    answer: [
      'NOERROR',
      'an x.y.aliases.acme.test. CNAME mail.acme.test.',
      'an mail.acme.test. A 192.0.2.2',
      ...NS,
    ],
  },
  {
    title: 'an alias in a circle ten times',
    ask: 'loop.acme.test. A',
    answer: ['NOERROR', ...Array<string>(10).fill('an loop.acme.test. CNAME loop.acme.test.'), ...NS],
  },
  {
    title: 'an alias out of the zone',
    ask: 'out.acme.test. A',
    answer: ['NOERROR', 'an out.acme.test. CNAME x.other.', 'an x.other. A 192.0.2.99', ...NS],
  },
  {
    title: 'an alias out of the zone to no data',
    ask: 'out.acme.test. AAAA',
    answer: ['NOERROR', 'an out.acme.test. CNAME x.other.', NO],
  },
  {
    title: 'an alias that is refused elsewhere',
    ask: 'out.acme.test. MX',
    answer: ['NOERROR', 'an out.acme.test. CNAME x.other.', ...NS],
  },
  {
    title: 'an alias that fails elsewhere',
    ask: 'out.acme.test. TXT',
    answer: ['SERVFAIL', 'an out.acme.test. CNAME x.other.', ...NS],
  },
  {
    title: 'an alias that gets no reply elsewhere',
    ask: 'out.acme.test. SRV',
    answer: ['NOERROR', 'an out.acme.test. CNAME x.other.', ...NS],
  },
  {
    title: 'an alias to nothing',
    ask: 'gone.acme.test. A',
    answer: ['NXDOMAIN', 'an gone.acme.test. CNAME nosuch.acme.test.', NO],
  },
  {
    title: 'an alias to an empty non-terminal',
    ask: 'toent.acme.test. A',
    answer: ['NOERROR', 'an toent.acme.test. CNAME ent.acme.test.', NO],
  },
  {
    title: 'an alias below a cut',
    ask: 'toward.acme.test. A',
    answer: ['NOERROR', 'an toward.acme.test. CNAME deep.cut.acme.test.', ...REFERRAL],
  },
  {
    title: 'a referral at the cut',
    ask: 'cut.acme.test. A',
    answer: ['NOERROR not authoritative', ...REFERRAL],
  },
  {
    title: 'a referral for NS of the cut',
    ask: 'cut.acme.test. NS',
    answer: ['NOERROR not authoritative', ...REFERRAL],
  },
  {
    title: 'a referral below the cut',
    ask: 'x.y.cut.acme.test. A',
    answer: ['NOERROR not authoritative', ...REFERRAL],
  },
  {
    title: 'a referral for glue',
    ask: 'ns.cut.acme.test. A',
    answer: ['NOERROR not authoritative', ...REFERRAL],
  },
  {
    title: 'a referral of the upper of two cuts',
    ask: 'below.cut.acme.test. A',
    answer: ['NOERROR not authoritative', ...REFERRAL],
  },
  {
    title: 'a referral for DS below the cut',
    ask: 'x.cut.acme.test. DS',
    answer: ['NOERROR not authoritative', ...REFERRAL],
  },
  {
    title: 'DS of the cut',
    ask: 'cut.acme.test. DS',
    answer: ['NOERROR', 'an cut.acme.test. DS 1 13 2 abcd', ...NS],
  },
];
for (const row of rows) {
  test(`answers ${row.title}`, () => assert.deepEqual(ask(zone, row.ask, { elsewhere }), row.answer));
}

test('an answer that has to wait for another is a promise', async () => {
  const late = new Reply({ answer: [parseRecord('x.other. 9 IN A 192.0.2.99')], truncated: true });
  const arrival = { server: 'dns://:53', resolve: () => Promise.resolve(late) };
  const query = question('out.acme.test.', { arrival });
  const reply = await zoneAnswer(zone, query, zone.find(query.name, query.type), 'file');
  assert.equal(reply.answer.length, 2);
  assert.deepEqual([reply.authoritative, reply.truncated, reply.source], [true, true, 'file']);
});
