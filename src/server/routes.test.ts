import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { isSubdomain } from '../corefile/zone.ts';
import { RecordType } from '../wire/codes.ts';
import { Reply } from './reply.ts';
import { Routes } from './routes.ts';
import type { Route } from './routes.ts';

const chain = (): Reply => new Reply({});
const served = (...zones: string[]): Route[] => zones.map((zone) => ({ zone, chain }));
const empty = (zone: string): Route => ({ zone, chain: undefined });
const { A, DS } = RecordType;

const rows: [title: string, routes: Route[], name: string, type: number, zone: string | undefined][] = [
  ['the zone itself', served('example.org.'), 'example.org.', A, 'example.org.'],
  ['a name below', served('example.org.'), 'a.b.example.org.', A, 'example.org.'],
  ['a name above', served('example.org.'), 'org.', A, undefined],
  ['another name', served('example.org.'), 'example.com.', A, undefined],
  ['a name that only ends alike', served('example.org.'), 'badexample.org.', A, undefined],
  ['a dot that is part of a label', served('example.org.'), 'a\\.example.org.', A, undefined],
  ['a backslash before the dot', served('example.org.'), 'a\\\\.example.org.', A, 'example.org.'],
  [
    'the longest zone',
    served('.', 'org.', 'b.example.org.', 'example.org.'),
    'a.b.example.org.',
    A,
    'b.example.org.',
  ],
  ['the longest zone, not the first', served('org.', 'example.org.'), 'example.org.', A, 'example.org.'],
  ['the root when nothing else', served('.', 'example.org.'), 'example.com.', A, '.'],
  ['the root’s own name', served('.'), '.', A, '.'],
  ['no root', served('org.'), '.', A, undefined],
  ['a zone of the same length', served('aaa.', 'bbb.'), 'x.bbb.', A, 'bbb.'],
  ['DS of a zone goes to its parent', served('org.', 'example.org.'), 'example.org.', DS, 'org.'],
  ['DS of a zone without a parent here', served('example.org.'), 'example.org.', DS, 'example.org.'],
  ['DS of a zone whose parent is the root', served('.', 'example.org.'), 'example.org.', DS, '.'],
  ['DS of a name within a zone', served('org.', 'example.org.'), 'a.example.org.', DS, 'example.org.'],
  ['DS of the root', served('.'), '.', DS, '.'],
  ['a root block without plugins hides nothing', [empty('.'), ...served('org.')], 'a.com.', A, undefined],
];
for (const [title, routes, name, type, zone] of rows) {
  test(`${title}: ${zone ?? 'nobody'}`, () => assert.equal(new Routes(routes).find(name, type)?.zone, zone));
}

test('a zone without plugins shadows the zone above', () => {
  const route = new Routes([...served('org.'), empty('example.org.')]).find('a.example.org.', A);
  assert.deepEqual(route, empty('example.org.'));
});

test('of two blocks for one zone the first serves', () => {
  const [first, second] = [...served('org.'), ...served('org.')] as [Route, Route];
  assert.equal(new Routes([first, second]).find('org.', A), first);
});

test('the zone found is the longest that the name is at or below', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'a\\.b', 'a\\\\'), { maxLength: 5 })
    .map((labels) => (labels.length === 0 ? '.' : `${labels.join('.')}.`));
  fc.assert(
    fc.property(fc.array(name, { maxLength: 6 }), name, (zones, asked) => {
      const [longest] = zones
        .filter((zone) => isSubdomain(zone, asked))
        .sort((one, two) => two.length - one.length);
      assert.equal(new Routes(served(...zones)).find(asked, A)?.zone, longest);
    }),
    { numRuns: 1000 },
  );
});
