import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interfaceHint } from './open-links.ts';

const rows = [
  { names: [], hint: undefined },
  { names: ['eth0'], hint: undefined },
  { names: ['eth0', 'etho'], hint: 'Interfaces that are up: lo, eth0; did you mean eth0?' },
  { names: ['wireless'], hint: 'Interfaces that are up: lo, eth0' },
];
for (const { names, hint } of rows) {
  test(`who names ${names.join(' and ') || 'no interface'} is told ${hint ?? 'nothing'}`, () => {
    assert.equal(interfaceHint(names, ['lo', 'eth0']), hint);
  });
}
