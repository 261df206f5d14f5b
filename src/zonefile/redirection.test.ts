import assert from 'node:assert/strict';
import { test } from 'node:test';
import { question } from '../../test/kit/question.ts';
import { Reply } from '../server/reply.ts';
import { parseRecord } from '../wire/presentation.ts';
import { zoneAnswer } from './answer.ts';
import { ask, zoneOf } from './test-zone.ts';

interface Row {
  readonly title: string;
  readonly ask: string;
  readonly answer: readonly string[];
}

/** RFC 6672, with the names of its section 2.2. */
const zone = zoneOf(
  `$TTL 60
@ SOA ns host 7 2 3 4 5
  NS ns
frobozz 42 DNAME frobozz-division.acme
x.frobozz A 192.0.2.8
www.frobozz-division.acme A 192.0.2.9
self DNAME self
outside DNAME other.
long DNAME ${'l'.repeat(60)}.${'o'.repeat(60)}.${'n'.repeat(60)}
root DNAME .
`,
  'acme.test.',
);
const NS = ['ns acme.test. NS ns.acme.test.'];
const NO = 'ns acme.test. SOA ns.acme.test. host.acme.test. 7 2 3 4 5';

function elsewhere(text: string): Reply {
  assert.equal(text, 'x.other. A');
  return new Reply({ answer: [parseRecord('x.other. 9 IN A 192.0.2.99')] });
}

const rows: readonly Row[] = [
  {
    title: 'DNAME itself',
    ask: 'frobozz.acme.test. DNAME',
    answer: ['NOERROR', 'an frobozz.acme.test. DNAME frobozz-division.acme.acme.test.', ...NS],
  },
  { title: 'no data at the owner of a DNAME', ask: 'frobozz.acme.test. A', answer: ['NOERROR', NO] },
  {
    title: 'a name below a DNAME',
    ask: 'www.frobozz.acme.test. A',
    answer: [
      'NOERROR',
      'an frobozz.acme.test. DNAME frobozz-division.acme.acme.test.',
      'an www.frobozz.acme.test. CNAME www.frobozz-division.acme.acme.test.',
      'an www.frobozz-division.acme.acme.test. A 192.0.2.9',
      ...NS,
    ],
  },
  {
    title: 'CNAME below a DNAME',
    ask: 'www.frobozz.acme.test. CNAME',
    answer: [
      'NOERROR',
      'an frobozz.acme.test. DNAME frobozz-division.acme.acme.test.',
      'an www.frobozz.acme.test. CNAME www.frobozz-division.acme.acme.test.',
      ...NS,
    ],
  },
  {
    title: 'a DNAME over names that are there',
    ask: 'x.frobozz.acme.test. CNAME',
    answer: [
      'NOERROR',
      'an frobozz.acme.test. DNAME frobozz-division.acme.acme.test.',
      'an x.frobozz.acme.test. CNAME x.frobozz-division.acme.acme.test.',
      ...NS,
    ],
  },
  {
    title: 'a DNAME out of the zone',
    ask: 'x.outside.acme.test. A',
    answer: [
      'NOERROR',
      'an outside.acme.test. DNAME other.',
      'an x.outside.acme.test. CNAME x.other.',
      'an x.other. A 192.0.2.99',
      ...NS,
    ],
  },
  {
    title: 'a DNAME to the root',
    ask: 'x.other.root.acme.test. A',
    answer: [
      'NOERROR',
      'an root.acme.test. DNAME .',
      'an x.other.root.acme.test. CNAME x.other.',
      'an x.other. A 192.0.2.99',
      ...NS,
    ],
  },
  { title: 'a DNAME to itself', ask: 'x.self.acme.test. A', answer: ['SERVFAIL not authoritative'] },
  {
    title: 'a DNAME to a name too long (RFC 6672, section 2.2)',
    ask: `${'x'.repeat(63)}.long.acme.test. A`,
    answer: [
      'YXDOMAIN',
      `an long.acme.test. DNAME ${'l'.repeat(60)}.${'o'.repeat(60)}.${'n'.repeat(60)}.acme.test.`,
    ],
  },
];
for (const row of rows) {
  test(`answers ${row.title}`, () => assert.deepEqual(ask(zone, row.ask, { elsewhere }), row.answer));
}

test('the CNAME of a DNAME has its TTL', () => {
  const query = question('www.frobozz.acme.test.');
  const reply = zoneAnswer(zone, query, zone.find(query.name, query.type), 'file') as Reply;
  assert.deepEqual(
    reply.answer.map(({ ttl }) => ttl),
    [42, 42, 60],
  );
});
