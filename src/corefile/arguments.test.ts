import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  argumentError,
  duration,
  expectArguments,
  expectNoBlock,
  fallthroughZones,
  integer,
  once,
  oneOf,
  unknownProperty,
  zonesOrKeys,
} from './arguments.ts';
import type { Directive } from './corefile.ts';
import { zoneKey } from './zone.ts';

function directive(line: number, name: string, ...words: string[]): Directive {
  return { file: 'Corefile', line, name, arguments: words, block: undefined };
}

const cache = directive(3, 'cache', '30');
const wrong = 'wrong argument count or unexpected line ending after';
const errors: [title: string, call: () => unknown, message: string][] = [
  ['argumentError names the last word', () => argumentError(cache), `Corefile:3: ${wrong} '30'`],
  [
    'argumentError names the directive without arguments, and the usage',
    () => argumentError(directive(1, 'forward'), 'forward FROM TO...'),
    `Corefile:1: ${wrong} 'forward'; expected forward FROM TO...`,
  ],
  [
    'expectArguments: none',
    () => expectArguments(cache, 0, 0),
    `Corefile:3: ${wrong} '30'; expected no arguments after 'cache'`,
  ],
  [
    'expectArguments: exactly',
    () => expectArguments(cache, 2, 2),
    `Corefile:3: ${wrong} '30'; expected 2 arguments after 'cache'`,
  ],
  [
    'expectArguments: at least',
    () => expectArguments(cache, 2),
    `Corefile:3: ${wrong} '30'; expected at least 2 arguments after 'cache'`,
  ],
  [
    'expectArguments: a range',
    () => expectArguments(directive(3, 'cache', 'a', 'b'), 0, 1),
    `Corefile:3: ${wrong} 'b'; expected at most 1 argument after 'cache'`,
  ],
  [
    'expectArguments: usage',
    () => expectArguments(cache, 2, 2, 'cache A B'),
    `Corefile:3: ${wrong} '30'; expected cache A B`,
  ],
  [
    'expectNoBlock',
    () => {
      expectNoBlock({ ...cache, block: [] });
    },
    "Corefile:3: unexpected '{': cache takes no block",
  ],
  [
    'unknownProperty with a neighbour',
    () => unknownProperty(directive(4, 'polcy'), ['policy', 'expire']),
    "Corefile:4: unknown property 'polcy'; did you mean 'policy'?; valid are policy, expire",
  ],
  [
    'unknownProperty without',
    () => unknownProperty(directive(4, 'x'), []),
    "Corefile:4: unknown property 'x'; no property is valid here",
  ],
  [
    'once, at the second',
    () => once([cache, directive(9, 'cache')]),
    "Corefile:9: this plugin can only be used once per Server Block, 'cache' already stands at Corefile:3",
  ],
  [
    'integer: a fraction',
    () => integer(cache, '1.5'),
    "Corefile:3: invalid cache '1.5'; expected a whole number",
  ],
  [
    'integer: a letter',
    () => integer(cache, '0x10'),
    "Corefile:3: invalid cache '0x10'; expected a whole number",
  ],
  ['integer: nothing', () => integer(cache, ''), "Corefile:3: invalid cache ''; expected a whole number"],
  [
    'integer: huge',
    () => integer(cache, '9'.repeat(30)),
    `Corefile:3: invalid cache '${'9'.repeat(30)}'; expected a whole number`,
  ],
  [
    'integer: out of range',
    () => integer(cache, '1025', { min: 1, max: 1024 }),
    "Corefile:3: invalid cache '1025'; expected a whole number from 1 to 1024",
  ],
  [
    'integer: too small',
    () => integer(cache, '-1', { min: 0 }),
    "Corefile:3: invalid cache '-1'; expected a whole number of at least 0",
  ],
  [
    'duration: a bare number',
    () => duration(cache, '30'),
    "Corefile:3: invalid cache '30'; expected a duration such as 300ms, 1.5h or 2m30s",
  ],
  [
    'duration: too short',
    () => duration(cache, '1s', { min: 2000 }),
    "Corefile:3: invalid cache '1s'; expected a duration such as 300ms, 1.5h or 2m30s of at least 2s",
  ],
  [
    'duration: too long',
    () => duration(cache, '2h', { max: 3_600_000 }),
    "Corefile:3: invalid cache '2h'; expected a duration such as 300ms, 1.5h or 2m30s of at most 1h0m0s",
  ],
  [
    'oneOf',
    () => oneOf(cache, 'verfied', ['insecure', 'verified']),
    "Corefile:3: invalid cache 'verfied'; did you mean 'verified'?; expected one of insecure, verified",
  ],
];
for (const [title, call, message] of errors) {
  test(title, () => {
    assert.throws(call, { name: 'CorefileError', message });
  });
}

test('what is right is returned', () => {
  assert.deepEqual(expectArguments(cache, 1, 2), ['30']);
  assert.deepEqual(expectArguments(cache, 0), ['30']);
  assert.equal(once([cache]), cache);
  assert.equal(integer(cache, '30', { min: 30, max: 30 }), 30);
  assert.equal(integer(cache, '-7'), -7);
  assert.equal(integer(cache, '-0'), 0);
  assert.equal(duration(cache, '1.5s', { min: 1500, max: 1500 }), 1500);
  assert.equal(oneOf(cache, 'verified', ['insecure', 'verified']), 'verified');
  expectNoBlock(cache);
});

test("zones are the given ones, the block's, or the root for fallthrough", () => {
  const keys = [zoneKey('dns', 'a.test.', 53), zoneKey('tls', '.', 853)];
  assert.deepEqual(zonesOrKeys([], keys), ['a.test.', '.']);
  assert.deepEqual(zonesOrKeys(['B.test'], keys), ['b.test.']);
  assert.deepEqual(fallthroughZones(directive(1, 'fallthrough')), ['.']);
  assert.deepEqual(fallthroughZones(directive(1, 'fallthrough', '10.0.0.0/8')), ['10.in-addr.arpa.']);
});
