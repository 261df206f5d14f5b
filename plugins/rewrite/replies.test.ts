import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rcode } from '../../src/wire/codes.ts';
import type { AskOptions } from '../../test/kit/server.ts';
import { ask } from './test-world.ts';
import type { Script, Seen } from './test-world.ts';

interface Row {
  readonly title: string;
  readonly rules: string;
  readonly question: readonly [name: string, type?: string, options?: AskOptions];
  /** By the name asked for behind. */
  readonly script?: Readonly<Record<string, Script | 'silence'>>;
  readonly expected: Partial<Seen>;
}

const plain = ['a.test. 30 IN A 192.0.2.1'];
const three: Script = {
  answer: ['a.test. 5 IN A 192.0.2.1'],
  authority: ['test. 30 IN NS ns.test.'],
  additional: ['ns.test. 300 IN A 192.0.2.2'],
};

const rows: readonly Row[] = [
  {
    title: 'type: the question comes back, records stay',
    rules: 'rewrite type ANY A',
    question: ['A.test', 'ANY'],
    script: { 'a.test.': { answer: plain } },
    expected: { asked: ['A.test. IN A'], question: 'A.test. IN ANY', answer: ['a.test. 30 A 192.0.2.1'] },
  },
  {
    title: 'type: the question comes back after continue too',
    rules: 'rewrite continue type ANY A\nrewrite continue type A AAAA',
    question: ['a.test', 'ANY'],
    expected: { asked: ['a.test. IN AAAA'], question: 'a.test. IN ANY' },
  },
  {
    title: 'type: another one',
    rules: 'rewrite type ANY A',
    question: ['a.test', 'TXT'],
    expected: { asked: ['a.test. IN TXT'] },
  },
  {
    title: 'class',
    rules: 'rewrite class CH IN',
    question: ['a.test', 'A', { class: 'CH' }],
    expected: { asked: ['a.test. IN A'], question: 'a.test. CH A' },
  },
  {
    title: 'ttl: all sections',
    rules: 'rewrite ttl a.test 7',
    question: ['A.test'],
    script: { 'a.test.': three },
    expected: {
      answer: ['a.test. 7 A 192.0.2.1'],
      authority: ['test. 7 NS ns.test.'],
      additional: ['ns.test. 7 A 192.0.2.2'],
    },
  },
  {
    title: 'ttl: a range',
    rules: 'rewrite ttl suffix .test 10-60',
    question: ['a.test'],
    script: { 'a.test.': three },
    expected: {
      answer: ['a.test. 10 A 192.0.2.1'],
      authority: ['test. 30 NS ns.test.'],
      additional: ['ns.test. 60 A 192.0.2.2'],
    },
  },
  {
    title: 'ttl: a range without end, after continue',
    rules: 'rewrite continue ttl prefix a 31-\nrewrite ttl substring test -100',
    question: ['a.test'],
    script: { 'a.test.': three },
    expected: {
      answer: ['a.test. 31 A 192.0.2.1'],
      authority: ['test. 31 NS ns.test.'],
      additional: ['ns.test. 100 A 192.0.2.2'],
    },
  },
  {
    title: 'ttl: another name',
    rules: 'rewrite ttl b.test 7',
    question: ['a.test'],
    script: { 'a.test.': { answer: plain } },
    expected: { answer: ['a.test. 30 A 192.0.2.1'] },
  },
  {
    title: 'rcode',
    rules: 'rewrite rcode regex ^a\\. NXDOMAIN NOERROR',
    question: ['a.test'],
    script: { 'a.test.': { rcode: Rcode.NameError } },
    expected: { rcode: 'NOERROR' },
  },
  {
    title: 'rcode: another one',
    rules: 'rewrite rcode a.test NXDOMAIN NOERROR',
    question: ['a.test'],
    script: { 'a.test.': { rcode: Rcode.Refused } },
    expected: { rcode: 'REFUSED' },
  },
  {
    title: 'rcode: a mere code is a reply',
    rules: 'rewrite rcode a.test 2 3',
    question: ['a.test'],
    script: { 'a.test.': { rcode: Rcode.ServerFailure, bare: true } },
    expected: { rcode: 'NXDOMAIN' },
  },
  {
    title: 'rcode: the first rule has the last word',
    rules: 'rewrite continue rcode a.test REFUSED NXDOMAIN\nrewrite rcode a.test SERVFAIL REFUSED',
    question: ['a.test'],
    script: { 'a.test.': { rcode: Rcode.ServerFailure } },
    expected: { rcode: 'NXDOMAIN' },
  },
  {
    title: 'cname: the target is looked up with the type asked for',
    rules: 'rewrite cname cdn.test other.test',
    question: ['a.test', 'AAAA', { edns: {} }],
    script: {
      'a.test.': {
        answer: ['a.test. 5 IN CNAME b.test.', 'b.test. 5 IN CNAME CDN.test.', 'cdn.test. 5 IN AAAA ::1'],
        authority: ['test. 5 IN NS ns.test.'],
      },
      'other.test.': {
        answer: ['other.test. 6 IN AAAA ::2'],
        authority: ['test. 9 IN NS b.test.'],
        truncated: true,
      },
    },
    expected: {
      asked: ['a.test. IN AAAA', 'other.test. IN AAAA'],
      answer: ['a.test. 5 CNAME b.test.', 'b.test. 5 CNAME other.test.', 'other.test. 6 AAAA ::2'],
      authority: ['test. 5 NS ns.test.'],
      truncated: true,
    },
  },
  {
    title: 'cname: a part of the target, as it is written',
    rules: 'rewrite cname prefix cdn- new-',
    question: ['a.test'],
    script: {
      'a.test.': { answer: ['a.test. 5 IN CNAME cdn-1.test.'] },
      'new-1.test.': { answer: ['new-1.test. 5 IN A 192.0.2.1'] },
    },
    expected: { answer: ['a.test. 5 CNAME new-1.test.', 'new-1.test. 5 A 192.0.2.1'] },
  },
  {
    title: 'cname: by regular expression; nothing is there',
    rules: 'rewrite cname regex (.*)\\.cdn\\.test {1}.new.test',
    question: ['a.test'],
    script: {
      'a.test.': { answer: ['a.test. 5 IN CNAME b.cdn.test.', 'b.cdn.test. 5 IN A 192.0.2.1'] },
      'b.new.test.': { rcode: Rcode.NameError },
    },
    expected: { rcode: 'NOERROR', answer: ['a.test. 5 CNAME b.new.test.'] },
  },
  {
    title: 'cname: nobody answers, so the reply stays',
    rules: 'rewrite cname cdn.test other.test',
    question: ['a.test'],
    script: {
      'a.test.': { answer: ['a.test. 5 IN CNAME cdn.test.'] },
      'other.test.': { rcode: Rcode.ServerFailure, bare: true },
    },
    expected: { rcode: 'NOERROR', answer: ['a.test. 5 CNAME cdn.test.'] },
  },
  {
    title: 'cname: silence there changes nothing either',
    rules: 'rewrite cname cdn.test other.test',
    question: ['a.test'],
    script: { 'a.test.': { answer: ['a.test. 5 IN CNAME cdn.test.'] }, 'other.test.': 'silence' },
    expected: { rcode: 'NOERROR', answer: ['a.test. 5 CNAME cdn.test.'] },
  },
  {
    title: 'cname: another target',
    rules: 'rewrite cname suffix cdn.test other.test',
    question: ['a.test'],
    script: { 'a.test.': { answer: ['a.test. 5 IN CNAME b.test.'] } },
    expected: { asked: ['a.test. IN A'], answer: ['a.test. 5 CNAME b.test.'] },
  },
  {
    title: 'cname: a circle ends',
    rules: 'rewrite cname a.test a.test',
    question: ['a.test'],
    script: { 'a.test.': { answer: ['a.test. 5 IN CNAME a.test.'] } },
    expected: { rcode: 'NOERROR' },
  },
  {
    title: 'cname matches every query, so rules behind it need continue',
    rules: 'rewrite cname cdn.test other.test\nrewrite name a.test b.test',
    question: ['a.test'],
    expected: { asked: ['a.test. IN A'] },
  },
  {
    title: 'cname, then the name comes back',
    rules: 'rewrite continue name a.test b.test\nrewrite cname cdn.test other.test',
    question: ['a.test'],
    script: {
      'b.test.': { answer: ['b.test. 5 IN CNAME cdn.test.'] },
      'other.test.': { answer: ['other.test. 5 IN A 192.0.2.1'] },
    },
    expected: { answer: ['a.test. 5 CNAME other.test.', 'other.test. 5 A 192.0.2.1'] },
  },
];

for (const { title, rules, question, script = {}, expected } of rows) {
  for (const late of [false, true]) {
    test(`${title}${late ? ', of late replies' : ''}`, async () => {
      const seen = await ask(rules, question, ({ name }) => {
        const said = script[name] ?? {};
        return late ? Promise.resolve(said) : said;
      });
      for (const field of Object.keys(expected) as (keyof Seen)[]) {
        assert.deepEqual(seen[field], expected[field], field);
      }
    });
  }
}
