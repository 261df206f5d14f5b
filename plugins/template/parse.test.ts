import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import { recordText } from '../../src/wire/presentation.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { template } from './index.ts';
import type { Rule } from './rule.ts';

function rules(text: string, zones?: string): readonly Rule[] {
  return parsePlugin(template, text, zones);
}

test('a bare template takes all names of the block, answers NOERROR and falls through nowhere', () => {
  const [rule] = rules('template IN A', 'example.org 10.0.0.0/8');
  assert.deepEqual(rule, {
    file: 'Corefile',
    line: 2,
    class: RecordClass.IN,
    type: RecordType.A,
    zones: ['example.org.', '10.in-addr.arpa.'],
    patterns: [],
    variables: [],
    conditions: [],
    answer: [],
    authority: [],
    additional: [],
    rcode: 0,
    extendedError: undefined,
    fallthrough: undefined,
  });
});

const good: readonly [title: string, text: string, shown: (rule: Rule) => unknown, value: unknown][] = [
  [
    'class and type',
    'template ANY ANY A.b',
    (rule) => [rule.class, rule.type, rule.zones],
    [255, 255, ['a.b.']],
  ],
  ['types by number', 'template CH TYPE300', (rule) => [rule.class, rule.type], [3, 300]],
  [
    'several patterns',
    'template IN A {\n match a b\n match c\n}',
    (rule) => rule.patterns.map(({ pattern }) => pattern),
    ['a', 'b', 'c'],
  ],
  [
    'several records',
    'template IN A {\n answer "a. A 192.0.2.1" "b. A 192.0.2.2"\n answer "{{ .Name }} A 192.0.2.3"\n}',
    (rule) => rule.answer.map(({ fixed }) => (Array.isArray(fixed) ? fixed.map(recordText) : fixed)),
    [['a. 3600 IN A 192.0.2.1'], ['b. 3600 IN A 192.0.2.2'], undefined],
  ],
  [
    'the lines of records',
    'template IN A {\n\n authority "x"\n additional "y"\n}',
    (rule) =>
      [...rule.authority, ...rule.additional].map(({ line, section, fixed }) => [
        line,
        section,
        fixed instanceof Error,
      ]),
    [
      [4, 'authority', true],
      [5, 'additional', true],
    ],
  ],
  ['an rcode', 'template IN A {\n rcode NXDOMAIN\n}', (rule) => rule.rcode, 3],
  [
    'an extended error',
    'template IN A {\n ederror 15 "go away"\n}',
    (rule) => rule.extendedError,
    { code: 15, text: 'go away' },
  ],
  [
    'an extended error without text',
    'template IN A {\n ederror 15\n}',
    (rule) => rule.extendedError,
    { code: 15, text: '' },
  ],
  ['fallthrough', 'template IN A {\n fallthrough\n}', (rule) => rule.fallthrough, ['.']],
  [
    'fallthrough of zones',
    'template IN A {\n fallthrough A 10.0.0.0/8\n}',
    (rule) => rule.fallthrough,
    ['a.', '10.in-addr.arpa.'],
  ],
  ['upstream, which says nothing', 'template IN A {\n upstream\n}', (rule) => rule.rcode, 0],
  [
    'expressions of several words',
    "template IN A {\n var x group('a') + 'b'\n expr x == 'ab'\n}",
    (rule) => [rule.variables[0]?.name, rule.variables[0]?.expression.source, rule.conditions[0]?.source],
    ['x', "group('a') + 'b'", "x == 'ab'"],
  ],
];
for (const [title, text, shown, value] of good) {
  test(`${title}: read`, () => assert.deepEqual(shown(rules(text)[0]!), value));
}

test('each template is a rule of its own', () => {
  assert.deepEqual(
    rules('template IN A\ntemplate IN MX').map(({ type }) => type),
    [RecordType.A, RecordType.MX],
  );
});

const bad: readonly [text: string, message: RegExp][] = [
  ['template', /^Corefile:2: wrong argument count.*template CLASS TYPE/],
  ['template IN', /^Corefile:2: wrong argument count/],
  ['template XX A', /^Corefile:2: invalid class 'XX'/],
  ['template IN XX', /^Corefile:2: invalid type 'XX'/],
  ['template IN A {\n match\n}', /^Corefile:3: wrong argument count/],
  ['template IN A {\n match (\n}', /^Corefile:3: invalid match '\('/],
  ['template IN A {\n answer\n}', /^Corefile:3: wrong argument count/],
  ['template IN A {\n answer "{{ .Name"\n}', /^Corefile:3: invalid template '{{ \.Name': '{{' is not closed/],
  ['template IN A {\n answer "a\n{{ $x }}"\n}', /^Corefile:4: invalid template/],
  ['template IN A {\n rcode\n}', /^Corefile:3: wrong argument count/],
  ['template IN A {\n rcode NO\n}', /^Corefile:3: unknown rcode 'NO'/],
  ['template IN A {\n ederror x\n}', /^Corefile:3: invalid ederror 'x'.*0 to 65535/],
  ['template IN A {\n ederror 1 2 3\n}', /^Corefile:3: wrong argument count/],
  ['template IN A {\n var x\n}', /^Corefile:3: wrong argument count/],
  ['template IN A {\n var 1x 1\n}', /^Corefile:3: invalid name '1x'/],
  ['template IN A {\n var name 1\n}', /^Corefile:3: 'name' is a function/],
  ['template IN A {\n var x 1\n var x 2\n}', /^Corefile:4: variable 'x' is there already/],
  ['template IN A {\n var x y\n var y 1\n}', /^Corefile:3: invalid var 'y': unknown name 'y'/],
  ['template IN A {\n expr 1 +\n}', /^Corefile:3: invalid expr '1 \+'/],
  ['template IN A {\n answr x\n}', /^Corefile:3: unknown property 'answr'; did you mean 'answer'/],
  ['template IN A {\n rcode NOERROR {\n x\n }\n}', /^Corefile:3: unexpected '{'/],
];
for (const [text, message] of bad) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, () => {
    assert.throws(
      () => rules(text),
      (error) => error instanceof CorefileError && message.test(error.message),
    );
  });
}
