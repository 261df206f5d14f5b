import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/kit/properties.ts';
import { RecordType } from '../wire/codes.ts';
import { zoneOf } from './test-zone.ts';
import { FindingKind } from './zone.ts';

/**
 * Random small zones against a model that knows nothing of trees: names are lists of labels, and every question
 * goes through all names of the zone.
 */
type Type = 'A' | 'NS' | 'DNAME';
interface Owner {
  /** From the host to the origin, which is left out. */
  readonly labels: readonly string[];
  readonly type: Type;
}

const label = fc.constantFrom('a', 'b', '*');
const labels = fc.array(label, { minLength: 1, maxLength: 4 });
const type = fc.constantFrom<Type>('A', 'A', 'A', 'A', 'NS', 'DNAME');
const owners = fc.array(fc.record({ labels, type }), { maxLength: 6 });
const question = fc.record({ labels: fc.array(label, { maxLength: 5 }), ds: fc.boolean() });

test('every question ends where the model says', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(owners, question, (random, asked) => {
      const zone = zoneOf(zoneText(random), 'test.');
      const { kind, node } = zone.find(nameOf(asked.labels), asked.ds ? RecordType.DS : RecordType.A);
      const expected = model(random, asked.labels, asked.ds);
      assert.deepEqual([kindName(kind), node.name], [expected.kind, nameOf(expected.at)]);
      seen.add(expected.kind);
    }),
    { numRuns: 5000 },
  );
  assert.equal(seen.size, 6, [...seen].join(' '));
});

function model(
  zone: readonly Owner[],
  asked: readonly string[],
  ds: boolean,
): { kind: string; at: readonly string[] } {
  const owns = (name: readonly string[], what?: Type): boolean =>
    zone.some((owner) => same(owner.labels, name) && (what === undefined || owner.type === what));
  const exists = (name: readonly string[]): boolean =>
    name.length === 0 || zone.some((owner) => same(owner.labels.slice(-name.length), name));
  // From the origin down: whatever takes the question away first.
  for (let depth = 1; depth <= asked.length; depth++) {
    const name = asked.slice(-depth);
    const above = name.slice(1);
    if (depth > 1 && owns(above, 'DNAME')) return { kind: 'Redirection', at: above };
    if (owns(name, 'NS') && !(ds && depth === asked.length)) return { kind: 'Delegation', at: name };
    if (exists(name)) continue;
    const wildcard = ['*', ...above];
    if (owns(wildcard)) return { kind: 'Wildcard', at: wildcard };
    if (exists(wildcard)) return { kind: 'EmptyNonTerminal', at: wildcard };
    return { kind: 'NameError', at: above };
  }
  return { kind: asked.length === 0 || owns(asked) ? 'Exact' : 'EmptyNonTerminal', at: asked };
}

function zoneText(zone: readonly Owner[]): string {
  const lines = zone.map(
    ({ labels: owner, type: what }) => `${nameOf(owner)} ${what} ${what === 'A' ? '192.0.2.1' : 'x.'}`,
  );
  return ['$TTL 5', '@ SOA a b 1 2 3 4 5', ...lines].join('\n');
}

function nameOf(name: readonly string[]): string {
  return [...name, 'test.'].join('.');
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.join('.') === right.join('.');
}

function kindName(kind: FindingKind): string {
  return Object.entries(FindingKind).find(([, value]) => value === kind)![0];
}
