import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from './test-world.ts';
import type { Script, Seen } from './test-world.ts';

interface Row {
  readonly title: string;
  readonly rules: string;
  readonly name: string;
  readonly script?: Script;
  readonly expected: Partial<Seen>;
}

/** One record of every type whose target may be changed, and one whose may not. */
const targets: Script = {
  authority: ['new.test. 5 IN SOA ns.new.test. host.new.test. 1 2 3 4 5', 'new.test. 5 IN NS ns.new.test.'],
  answer: [
    'new.test. 5 IN CNAME www.New.test.',
    'www.new.test. 5 IN MX 10 new.test.',
    '_a._tcp.new.test. 5 IN SRV 1 2 3 new.test.',
    'new.test. 5 IN DNAME new.test.',
    'new.test. 5 IN NAPTR 1 2 "s" "x+y" "" new.test.',
    'new.test. 5 IN PTR brandnew.test.',
  ],
  additional: ['new.test. 5 IN A 192.0.2.1', 'new.test. 5 IN RP new.test. new.test.'],
};

const rows: readonly Row[] = [
  {
    title: 'no rule matches',
    rules: 'rewrite name old.test new.test',
    name: 'Other.test',
    script: { answer: ['new.test. 5 IN A 192.0.2.1'] },
    expected: { asked: ['Other.test. IN A'], answer: ['new.test. 5 A 192.0.2.1'] },
  },
  {
    title: 'exact: owners and targets come back, all types and sections',
    rules: 'rewrite name OLD.test new.test',
    name: 'Old.TEST',
    script: targets,
    expected: {
      question: 'Old.TEST. IN A',
      asked: ['new.test. IN A'],
      authority: ['old.test. 5 SOA ns.old.test. host.new.test. 1 2 3 4 5', 'old.test. 5 NS ns.old.test.'],
      answer: [
        'old.test. 5 CNAME www.old.test.',
        'www.old.test. 5 MX 10 old.test.',
        '_a._tcp.old.test. 5 SRV 1 2 3 old.test.',
        'old.test. 5 DNAME old.test.',
        'old.test. 5 NAPTR 1 2 "s" "x+y" "" old.test.',
        'old.test. 5 PTR brandnew.test.',
      ],
      additional: ['old.test. 5 A 192.0.2.1', 'old.test. 5 RP new.test. new.test.'],
    },
  },
  {
    title: 'exact: names below are not asked for',
    rules: 'rewrite name old.test new.test',
    name: 'www.old.test',
    expected: { asked: ['www.old.test. IN A'] },
  },
  {
    title: 'prefix is about whole labels',
    rules: 'rewrite name prefix old new',
    name: 'older.test',
    expected: { asked: ['older.test. IN A'] },
  },
  {
    title: 'prefix: owners stay rewritten',
    rules: 'rewrite name prefix old new',
    name: 'old.test',
    script: { answer: ['new.test. 5 IN A 192.0.2.1'] },
    expected: { asked: ['new.test. IN A'], answer: ['new.test. 5 A 192.0.2.1'] },
  },
  {
    title: 'prefix with auto: the name and those below come back',
    rules: 'rewrite name prefix old new answer auto',
    name: 'old.test',
    script: {
      answer: [
        'new.test. 5 IN CNAME www.new.test.',
        'www.new.test. 5 IN A 192.0.2.1',
        'new.example. 5 IN A 192.0.2.2',
      ],
    },
    expected: {
      answer: [
        'old.test. 5 CNAME www.old.test.',
        'www.old.test. 5 A 192.0.2.1',
        'new.example. 5 A 192.0.2.2',
      ],
    },
  },
  {
    title: 'suffix: the end is exchanged',
    rules: 'rewrite name suffix .old.test .new.test.',
    name: 'www.old.test',
    script: { answer: ['www.new.test. 5 IN A 192.0.2.1'] },
    expected: { asked: ['www.new.test. IN A'], answer: ['www.new.test. 5 A 192.0.2.1'] },
  },
  {
    title: 'suffix with auto: of all names',
    rules: 'rewrite name suffix .old.test .new.test answer auto',
    name: 'www.old.test',
    script: { answer: ['www.new.test. 5 IN CNAME Other.new.test.', 'other.new.test. 5 IN MX 1 new.test.'] },
    expected: { answer: ['www.old.test. 5 CNAME other.old.test.', 'other.old.test. 5 MX 1 new.test.'] },
  },
  {
    title: 'substring: every one',
    rules: 'rewrite name substring old new answer auto',
    name: 'old.a.old.test',
    script: { answer: ['new.a.new.test. 5 IN A 192.0.2.1'] },
    expected: { asked: ['new.a.new.test. IN A'], answer: ['old.a.old.test. 5 A 192.0.2.1'] },
  },
  {
    title: 'regex: groups, in lower case, anywhere in the name',
    rules: 'rewrite name regex (.)\\.(OLD|old)\\. {2}-{1}.{0}New',
    name: 'xA.Old.test',
    expected: { asked: ['old-a.a.old.new. IN A'] },
  },
  {
    title: 'regex: a group that took no part is empty',
    rules: 'rewrite name regex ^(a|(b))\\.test {1}{2}x.test',
    name: 'a.test',
    expected: { asked: ['ax.test. IN A'] },
  },
  {
    title: 'regex with auto',
    rules: 'rewrite name regex (.*)\\.old\\.test {1}.new.test answer auto',
    name: 'Www.Old.test',
    script: { answer: ['www.new.test. 5 IN A 192.0.2.1'] },
    expected: { question: 'Www.Old.test. IN A', answer: ['www.old.test. 5 A 192.0.2.1'] },
  },
  {
    title: 'answer name and answer value',
    rules: `rewrite {
      name regex (.*)\\.old\\.test {1}.new.test
      answer name (.*)\\.new\\.test {1}.old.test
      value (.*)\\.new\\.test {1}.value.test
    }`,
    name: 'www.old.test',
    script: { answer: ['WWW.new.test. 5 IN CNAME a.new.test.', 'a.new.test. 5 IN A 192.0.2.1'] },
    expected: { answer: ['www.old.test. 5 CNAME a.value.test.', 'a.old.test. 5 A 192.0.2.1'] },
  },
  {
    title: 'continue: the next rule sees the new name, and the reply is undone backwards',
    rules: 'rewrite continue name a.test b.test\nrewrite name b.test c.test\nrewrite name c.test d.test',
    name: 'a.test',
    script: { answer: ['c.test. 5 IN A 192.0.2.1'] },
    expected: { asked: ['c.test. IN A'], answer: ['a.test. 5 A 192.0.2.1'] },
  },
  {
    title: 'an impossible name',
    rules: 'rewrite name regex (.*)\\.old\\.test {1}..test',
    name: 'www.old.test',
    expected: { rcode: 'SERVFAIL', asked: [], question: 'www.old.test. IN A' },
  },
  {
    title: 'an impossible owner or target stays',
    rules: 'rewrite name regex old.test new.test answer name .* a..b answer value .* a..b',
    name: 'old.test',
    script: { answer: ['new.test. 5 IN CNAME www.new.test.'] },
    expected: { rcode: 'NOERROR', answer: ['new.test. 5 CNAME www.new.test.'] },
  },
  {
    title: 'exact: the root',
    rules: 'rewrite name . root.test',
    name: '.',
    script: { answer: ['root.test. 5 IN A 192.0.2.1', 'a.root.test. 5 IN A 192.0.2.2'] },
    expected: { asked: ['root.test. IN A'], answer: ['. 5 A 192.0.2.1', 'a. 5 A 192.0.2.2'] },
  },
  {
    title: 'exact: to the root, whose names below are all',
    rules: 'rewrite name root.test .',
    name: 'root.test',
    script: { answer: ['. 5 IN A 192.0.2.1', 'a.test. 5 IN A 192.0.2.2'] },
    expected: { asked: ['. IN A'], answer: ['root.test. 5 A 192.0.2.1', 'a.test. 5 A 192.0.2.2'] },
  },
];

for (const { title, rules, name, script = {}, expected } of rows) {
  for (const late of [false, true]) {
    test(`name: ${title}${late ? ', of a late reply' : ''}`, async () => {
      const seen = await ask(rules, [name], () => (late ? Promise.resolve(script) : script));
      for (const field of Object.keys(expected) as (keyof Seen)[]) {
        assert.deepEqual(seen[field], expected[field], field);
      }
    });
  }
}
