import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PortInput } from './cluster-writer.ts';
import { IntakeFaults } from './intake-faults.ts';
import { PortLists } from './port-lists.ts';

const HTTP: PortInput = { name: 'HTTP', protocol: 'TCP', number: 80 };
const METRICS: PortInput = { name: 'metrics', protocol: 'TCP', number: 9090 };

const object = (...ports: PortInput[]) => ({ namespace: 'shop', name: 'web', ports });

const others: readonly [title: string, ports: PortInput[]][] = [
  ['another name', [{ ...HTTP, name: 'HTTPS' }]],
  ['another protocol', [{ ...HTTP, protocol: 'UDP' }]],
  ['another number with the same place', [{ ...HTTP, number: 96 }]],
  ['one more', [HTTP, METRICS]],
  ['none', []],
];
for (const [title, ports] of others) {
  test(`ports written like those before but for ${title} are a list of their own`, () => {
    const lists = new PortLists(new IntakeFaults());
    const first = lists.take('Service', object(HTTP));
    const second = lists.take('Service', object(...ports));
    assert.notEqual(second, first);
    assert.equal(lists.take('EndpointSlice', object(HTTP)), first);
    assert.equal(lists.take('EndpointSlice', object(...ports)), second);
    assert.equal(lists.size, ports.length === 0 ? 1 : 2);
  });
}

test('a list that nobody has any more is made anew', () => {
  const lists = new PortLists(new IntakeFaults());
  const first = lists.take('Service', object(HTTP));
  assert.equal(lists.take('Service', object(HTTP)), first);
  lists.release(first);
  assert.equal(lists.size, 1);
  lists.release(first);
  assert.equal(lists.size, 0);
  const again = lists.take('Service', object(HTTP));
  assert.deepEqual(again, [{ name: 'http', protocol: 'tcp', number: 80 }]);
  assert.equal(lists.size, 1);
  lists.release(again);
  assert.equal(lists.size, 0);
});

test('a name that DNS cannot serve is told each time', () => {
  const told: string[] = [];
  const lists = new PortLists(new IntakeFaults(({ value }) => told.push(value)));
  for (let time = 0; time < 3; time++) lists.take('Service', object({ ...HTTP, name: 'a b' }));
  assert.deepEqual(told, ['a b', 'a b', 'a b']);
});
