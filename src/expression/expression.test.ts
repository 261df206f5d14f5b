import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordType } from '../wire/codes.ts';
import { question } from '../../test/kit/question.ts';
import { Expression } from './expression.ts';
import type { Value } from './expression.ts';
import { queryFunctions, questionFunctions } from './query-functions.ts';

const query = question('Web.Example.org.', { type: RecordType.AAAA });
const variables = new Map<string, Value>([['ip', '10.1.2.3']]);

const good: readonly [source: string, value: Value][] = [
  ['1', 1],
  ['1_000 + 0x10', 1016],
  ["'a'", 'a'],
  ['"a\\n\\x41"', 'a\nA'],
  ['`a\\n`', 'a\\n'],
  ['true and not false', true],
  ['!false && true || false', true],
  ['not true == false', true],
  ['nil', null],
  ['[1, "a", [true]]', [1, 'a', [true]]],
  ['1 + 2 * 3 - 4 / 2', 5],
  ['-2 ** 2', -4],
  ['2 ** 3 ** 2', 512],
  ['7 % 4', 3],
  ['(1 + 2) * 3', 9],
  ['-(1) + +2', 1],
  ["'a' + 'b'", 'ab'],
  ['1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3', true],
  ["'a' < 'b'", true],
  ["1 == '1'", false],
  ['[1, 2] == [1, 2]', true],
  ['1 != 2', true],
  ["'A' in ['A', 'TXT']", true],
  ["'A' not in ['A']", false],
  ["not ('A' in ['A'])", false],
  ['3 in 1..4', true],
  ["'web.' matches '^w.b[.]$'", true],
  ["'web.' matches '^' + 'x'", false],
  ["'web.' not matches 'x'", true],
  ["'abc' contains 'b' and 'abc' startsWith 'a' and 'abc' endsWith 'c'", true],
  ["true ? 1 : 1 + 'a'", 1],
  ['false ? 1 : true ? 2 : 3', 2],
  ["nil ?? 'x'", 'x'],
  ["false and 1 + 'a'", false],
  ['[1, 2, 3][1]', 2],
  ['[1, 2, 3][-1]', 3],
  ["'abcdef'[1:3]", 'bc'],
  ["split('a-b', '-')[1]", 'b'],
  ["'A-B' | lower() | replace('-', '.')", 'a.b'],
  ["len('abc') + len([1])", 4],
  ["join(['a', 'b'], '.')", 'a.b'],
  ["trim(' a ') + trimPrefix('xa', 'x') + trimSuffix('ax', 'x')", 'aaa'],
  ["int('12') + abs(-1) + min(3, 2) + max(1, 4)", 19],
  ["string(1) + upper('a')", '1A'],
  ["hasPrefix('ab', 'a') and hasSuffix('ab', 'b') and indexOf('ab', 'b') == 1", true],
  ['any([1, 2], # > 1)', true],
  ['all([1, 2], {# > 1})', false],
  ['none([1, 2], # > 2) and one([1, 2], # > 1)', true],
  ['filter([1, 2, 3], # > 1)', [2, 3]],
  ['map([1, 2], # * 2)', [2, 4]],
  ['count([1, 2, 3], # > 1)', 2],
  ['find([1, 2, 3], # > 1)', 2],
  ['any([1, 2], any([3], # == 3) and # == 2)', true],
  ['ip', '10.1.2.3'],
  ["any(['172.16.0.0/12', '10.0.0.0/8'], incidr(ip, #))", true],
  ['name()', 'web.example.org.'],
  ['type() + class()', 'AAAAIN'],
  ['[id(), opcode(), size(), bufsize(), do()]', [4711, 0, 33, 512, false]],
  [
    '[proto(), client_ip(), port(), server_ip(), server_port()]',
    ['udp', '192.0.2.1', '40212', '192.0.2.53', '53'],
  ],
  ["incidr(client_ip(), '192.0.2.0/28') && type() in ['AAAA', 'TXT']", true],
  ["incidr('2001:db8::1', '192.0.2.0/28')", false],
  ["metadata('a/b')", ''],
  ['type(1)', 'number'],
];
for (const [source, value] of good) {
  test(source, () => {
    assert.deepEqual(new Expression(source, queryFunctions, ['ip']).evaluate(query, variables), value);
  });
}

const refused: readonly [source: string, message: RegExp][] = [
  ['', /unexpected end/],
  ['1 +', /unexpected end/],
  ['1 2', /unexpected '2' in column 3/],
  ['(1', /expected '\)'/],
  ['[1', /expected ','/],
  ["'a", /string in column 1 is not closed/],
  ["'\\y'", /bad escape/],
  ['1 & 2', /unexpected '&' in column 3/],
  ['true ? 1', /expected ':'/],
  ['nmae()', /unknown function 'nmae'; did you mean 'name'/],
  ['constructor()', /unknown function/],
  ['pi', /unknown name 'pi'; did you mean 'ip'/],
  ['name == 1', /unknown name 'name'; did you mean 'name\(\)'/],
  ['lower()', /takes 1 arguments/],
  ['#', /not in a predicate/],
  ["'a' matches '('", /missing closing/],
  ['('.repeat(300), /too deep/],
];
for (const [source, message] of refused) {
  test(`refused: ${source.slice(0, 30)}`, () => {
    assert.throws(() => new Expression(source, queryFunctions, ['ip']), message);
  });
}

const failing: readonly [source: string, message: RegExp][] = [
  ["1 + 'a'", /takes a number, not a string/],
  ["'a' + 1", /takes a string, not a number/],
  ["1 < 'a'", /cannot order/],
  ['1 and true', /and takes a boolean/],
  ['not 1', /not takes a boolean/],
  ["'a' in 'abc'", /in takes a list/],
  ['1 ? 2 : 3', /takes a boolean/],
  ['[1][1]', /out of range/],
  ['1 % 0', /division by zero/],
  ["incidr('x', '10.0.0.0/8')", /no IP address/],
  ["incidr('10.0.0.1', '10.0.0.0')", /no network/],
  ['1..100000', /at most 10000/],
  ['all(1..200, all(1..200, true))', /more than 10000 turns/],
  ["int('x')", /is no number/],
  ['any([1], 1)', /takes a boolean/],
  ["join(map(1..9999, 'xxxxxxxxxx'))", /longer than/],
];
for (const [source, message] of failing) {
  test(`failing: ${source}`, () => {
    assert.throws(() => new Expression(source, queryFunctions).evaluate(query), message);
  });
}

test('an expression knows the functions that it calls', () => {
  const { called } = new Expression(
    "name() == 'a' or [client_ip()] | any(# == 'b') or lower('A') == 'a'",
    queryFunctions,
  );
  assert.deepEqual([...called].sort(), ['client_ip', 'name']);
  assert.ok(questionFunctions.has('name') && !questionFunctions.has('client_ip'));
});
