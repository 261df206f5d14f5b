import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '../../src/log/logger.ts';
import { record } from '../../test/kit/link-world.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { announcedPlace } from './announced-place.ts';
import { ChosenNames } from './chosen-names.ts';
import { Node, WEB } from './test-node.ts';

const OWN = [
  { address: '192.168.1.1', family: 4, prefix: 24 },
  { address: 'fe80::1', family: 6, prefix: 64 },
] as const;
const NODE_PORT = { addresses: ['192.168.1.1'], port: 30080 };

const places = [
  { title: 'a node port', service: {}, expected: NODE_PORT },
  { title: 'no node port', service: { nodePort: 0 }, expected: undefined },
  { title: 'no ready endpoint', service: { readyNodes: new Set<string>() }, expected: undefined },
  { title: 'Local, endpoints elsewhere', service: { isLocal: true }, expected: undefined },
  {
    title: 'Local, an endpoint here',
    service: { isLocal: true, readyNodes: new Set(['node-1', 'node-2']) },
    expected: NODE_PORT,
  },
  {
    title: 'a load balancer, wherever the endpoints are',
    service: { isLocal: true, addresses: ['203.0.113.9'] },
    expected: { addresses: ['203.0.113.9'], port: 80 },
  },
  {
    title: 'an address on the link before others',
    service: { addresses: ['203.0.113.9', '192.168.1.240'] },
    expected: { addresses: ['192.168.1.240'], port: 80 },
  },
];
for (const { title, service, expected } of places) {
  test(`the place of a Service with ${title}`, () => {
    assert.deepEqual(announcedPlace({ ...WEB, ...service }, OWN, 'node-1'), expected);
  });
}

test('a link that is down has no place, and one with link-local addresses alone has those', () => {
  assert.equal(announcedPlace(WEB, [], 'node-1'), undefined);
  assert.deepEqual(announcedPlace(WEB, OWN.slice(1), 'node-1')!.addresses, ['fe80::1']);
});

test('a Service is announced, changed and taken back as the cluster has it', () => {
  const node = new Node();
  node.announcer.attach([node.source]);
  node.put(WEB);
  assert.deepEqual(
    new Set(node.said()),
    new Set(['The\\ shop._http._tcp.local. 120 SRV 0 7 30080 web-shop.local.']),
  );
  assert.match(node.lines.join('\n'), /Service shop\/web is announced on eth0 as 'The shop' \(_http\._tcp\)/);
  let from = node.world.clock.monotonic();
  node.put({ ...WEB, nodePort: 30081 });
  assert.match(node.said(from)[0]!, /120 SRV 0 7 30081/);
  from = node.world.clock.monotonic();
  node.put({ ...WEB, nodePort: 30081, readyNodes: new Set() });
  assert.match(node.said(from)[0]!, / 0 SRV 0 7 30081/, 'the last endpoint has gone');
  node.put(WEB);
  from = node.world.clock.monotonic();
  node.put();
  assert.match(node.said(from)[0]!, / 0 SRV 0 7 30080/, 'the Service has gone');
});

test('a reload is not seen on the link', () => {
  const node = new Node();
  const { announcer } = node;
  const end = announcer.attach([node.source]);
  node.put(WEB);
  const from = node.world.clock.monotonic();
  announcer.attach([node.source]);
  end();
  node.pass(5000);
  assert.deepEqual(node.said(from), []);
  node.put();
  assert.equal(node.said(from).length > 0, true, 'and it is followed as before');
});

test('a name that was chosen after a conflict is the first one tried after a restart', async (context) => {
  const file = join(temporaryFolder(context).path, 'names.json');
  const before = new Node();
  const { engine } = before.world.engine('192.168.1.50');
  const taken = [record('!The\\ shop._http._tcp.local. 120 SRV 0 0 80 other.local.')];
  engine.responder.publish(
    { unique: taken, shared: [], isProxied: false },
    { established: () => undefined, conflict: () => undefined },
  );
  before.pass(3000);
  const announcer = before.announcerWith(file);
  announcer.attach([before.source]);
  before.put(WEB);
  assert.match(before.lines.join('\n'), /another's: Service shop\/web tries 'The shop \(2\)'/);
  await announcer.close();
  assert.equal(statSync(file).mode & 0o777, 0o600);

  const after = new Node();
  after.announcerWith(file).attach([after.source]);
  after.put(WEB);
  assert.match(after.lines.join('\n'), /is announced on eth0 as 'The shop \(2\)'/);
});

test('a file of names that is none is told, and replaced', (context) => {
  const folder = temporaryFolder(context);
  const file = folder.write('names.json', 'no JSON');
  const lines: string[] = [];
  const log = createLogger((line) => lines.push(line));
  const names = new ChosenNames(file, log);
  assert.match(lines[0]!, /names on links cannot be read from .*names\.json/);
  names.set('a', 'A (2)');
  assert.equal(new ChosenNames(file, log).get('a'), 'A (2)');
});
