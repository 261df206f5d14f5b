import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkService } from '../../mdns/browsing/link-service.ts';
import { jsonLine } from './browse.ts';
import { ServiceTable } from './service-table.ts';

const laser: LinkService = {
  name: 'Laser\\ 2._ipp._tcp.local.',
  type: '_ipp._tcp',
  host: 'printer.local.',
  port: 631,
  addresses: ['192.168.1.20'],
  text: ['rp=ipp/print'],
  records: [],
};

test('a table has a line for each service, in order', () => {
  const table = new ServiceTable({ columns: 200, rows: 24, write: () => true });
  table.put('eth1', laser);
  table.put('eth0', laser);
  table.put('eth0', { ...laser, port: 632 });
  assert.deepEqual(table.lines(), [
    'LINK  NAME     TYPE       HOST               ADDRESSES     TEXT',
    'eth0  Laser 2  _ipp._tcp  printer.local:632  192.168.1.20  rp=ipp/print',
    'eth1  Laser 2  _ipp._tcp  printer.local:631  192.168.1.20  rp=ipp/print',
  ]);
  table.remove('eth1', laser);
  assert.equal(table.lines().length, 2);
});

test('a table is cut to the terminal', () => {
  const table = new ServiceTable({ columns: 12, rows: 4, write: () => true });
  for (const link of ['a', 'b', 'c', 'd']) table.put(link, laser);
  assert.deepEqual(
    table.lines(),
    ['LINK  NAME', 'a     Laser', '… and 3 more'].map((line) => line.slice(0, 12)),
  );
});

test('what a device says does not move the cursor', () => {
  const table = new ServiceTable({ columns: 200, rows: 24, write: () => true });
  table.put('eth0', { ...laser, text: ['\u001b[2J\u202e'] });
  assert.ok(table.lines()[1]!.endsWith('?[2J?'));
});

test('link-local addresses are told with their interface', () => {
  const service = { ...laser, addresses: ['fe80::20', 'fd00::20'] };
  const table = new ServiceTable({ columns: 200, rows: 24, write: () => true });
  table.put('eth0', service);
  assert.match(table.lines()[1]!, / fe80::20%eth0 fd00::20 /);
  const { addresses } = JSON.parse(jsonLine('found', 'eth0', service)) as { addresses: string[] };
  assert.deepEqual(addresses, ['fe80::20%eth0', 'fd00::20']);
});

test('a line of JSON has all fields', () => {
  assert.deepEqual(JSON.parse(jsonLine('found', 'eth0', laser)), {
    event: 'found',
    interface: 'eth0',
    instance: 'Laser 2',
    type: '_ipp._tcp',
    host: 'printer.local.',
    port: 631,
    addresses: ['192.168.1.20'],
    text: ['rp=ipp/print'],
  });
});
