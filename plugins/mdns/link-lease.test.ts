import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterLeases } from '../../src/cluster/leases/cluster-leases.ts';
import type { LinkAddress } from '../../src/mdns/multicast-link.ts';
import type { LeasePart, Leases, LeaseWish } from '../../src/plugin/capability.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { createLogger } from '../../src/log/logger.ts';
import { ScriptedApiConnection } from '../../test/kit/scripted-api-connection.ts';
import { leaseName } from './link-lease.ts';
import { Node, WEB } from './test-node.ts';

const v4 = (address: string, prefix = 24): LinkAddress => ({ address, prefix, family: 4 });
const v6 = (address: string): LinkAddress => ({ address, prefix: 64, family: 6 });

const names = [
  { title: 'the network', addresses: [v4('192.168.1.7')], name: 'signpost-mdns-192-168-1-0-24' },
  { title: 'a wide one', addresses: [v4('10.1.255.7', 20)], name: 'signpost-mdns-10-1-240-0-20' },
  {
    title: 'the same of several',
    addresses: [v6('2001:db8::1'), v4('192.168.1.7'), v4('10.0.0.7')],
    name: 'signpost-mdns-10-0-0-0-24',
  },
  {
    title: 'not what every link has',
    addresses: [v4('169.254.3.7', 16), v4('192.168.1.7')],
    name: 'signpost-mdns-192-168-1-0-24',
  },
  { title: 'the interface', addresses: [v6('fe80::1')], name: 'signpost-mdns-br-lan' },
  { title: 'none while it is down', addresses: [], name: undefined },
];
for (const { title, addresses, name } of names) {
  test(`the lease of a link is called after ${title}`, () => {
    assert.equal(leaseName('br_LAN_', addresses), name);
  });
}

/** Leases as a cluster would have them, moved by the test. */
class FakeLeases implements Leases {
  readonly wishes: LeaseWish[] = [];
  /** What became of each part. */
  readonly log: string[] = [];
  holder: string | undefined;

  join(wish: LeaseWish): LeasePart {
    this.wishes.push(wish);
    this.log.push(`joined ${wish.name} as ${wish.holder}`);
    const holder = (): string | undefined => this.holder;
    return {
      get holder() {
        return holder();
      },
      close: () => {
        this.log.push(`closed ${wish.name}`);
        return Promise.resolve();
      },
      leave: () => void this.log.push(`left ${wish.name}`),
    };
  }

  /** The API server's first word. */
  say(holder: string | undefined): void {
    this.holder = holder;
    this.wishes.at(-1)!.heard();
  }
}

const LEASE = 'signpost-mdns-192-168-1-0-24';
const OURS = 'node-1_0007';

/** A node with a Service to announce, and leases. */
function start(): { readonly node: Node; readonly leases: FakeLeases; readonly end: () => void } {
  const node = new Node();
  const leases = new FakeLeases();
  node.services = [WEB];
  const end = node.announcer.attach([node.source], leases);
  return { node, leases, end };
}

test('the first word of the API server is waited for, 300 ms at most', () => {
  for (const isHeard of [true, false]) {
    const { node, leases } = start();
    assert.deepEqual(leases.log, [`joined ${LEASE} as ${OURS}`]);
    node.pass(10);
    if (isHeard) leases.say(OURS);
    // 20 for changes to gather, at most 250 until the first probe, and a moment for it.
    node.pass(272);
    assert.equal(node.hasProbed(), isHeard);
    node.pass(18 + 272);
    assert.equal(node.hasProbed(), true);
    node.pass(2000);
    assert.match(node.lines.join('\n'), /is announced on eth0/);
  }
});

test('who holds the lease announces; who does not lets the holder begin', () => {
  for (const holder of [OURS, 'node-2_08', undefined, 'somebody', 'node_../../x', '']) {
    const { node, leases } = start();
    leases.say(holder);
    node.pass(510);
    assert.equal(node.hasProbed(), holder !== 'node-2_08', String(holder));
  }
});

test('a lease that is not there costs no Service of later a moment', () => {
  const { node, leases } = start();
  leases.say(undefined);
  node.pass(5000);
  const from = node.world.clock.monotonic();
  node.services = [WEB, { ...WEB, name: 'wiki', instance: 'The wiki' }];
  node.tell();
  node.pass(272);
  assert.ok(node.hasProbed(from));
});

test('the lease is given up while the link is down, and at the end', async () => {
  const { node, leases } = start();
  leases.say(OURS);
  node.pass(3000);
  leases.log.length = 0;
  node.engine.station.change();
  assert.deepEqual(leases.log, [`closed ${LEASE}`]);
  node.engine.station.change('10.0.0.7');
  node.engine.station.change('10.0.0.8');
  await node.announcer.close();
  const other = 'signpost-mdns-10-0-0-0-24';
  assert.deepEqual(leases.log.slice(1), [`joined ${other} as ${OURS}`, `closed ${other}`]);
});

test('over a reload it is kept, or left to the leases that come after', () => {
  const { node, leases, end } = start();
  leases.say(OURS);
  node.pass(3000);
  leases.log.length = 0;
  const from = node.world.clock.monotonic();
  const endSecond = node.announcer.attach([node.source], leases);
  end();
  assert.deepEqual(leases.log, []);
  const others = new FakeLeases();
  node.announcer.attach([node.source], others);
  endSecond();
  assert.deepEqual(leases.log, [`left ${LEASE}`]);
  assert.deepEqual(others.log, [`joined ${LEASE} as ${OURS}`]);
  node.announcer.attach([node.source]);
  assert.deepEqual(others.log.slice(1), [`closed ${LEASE}`]);
  node.pass(5000);
  assert.deepEqual(node.said(from), [], 'nothing of it is seen on the link');
});

test('who announces nothing of what there is leaves a free lease to others', () => {
  const { node, leases } = start();
  const [wish] = leases.wishes;
  assert.equal(wish!.isAside(), false);
  leases.say('node-2_08');
  node.pass(100);
  assert.equal(wish!.isAside(), true);
  node.pass(3000);
  assert.match(node.lines.join('\n'), /is announced on eth0/);
  assert.equal(wish!.isAside(), false);
  node.put();
  assert.equal(wish!.isAside(), false, 'where there is nothing, nobody has more use for it');
});

test('whether it is held is shown', async () => {
  const { node, leases } = start();
  const shown = async (): Promise<string[]> => {
    const { body } = await node.metrics.expose();
    return body.split('\n').filter((line) => line.startsWith('signpost_mdns_lease_held{'));
  };
  assert.deepEqual(await shown(), ['signpost_mdns_lease_held{link="eth1"} 0']);
  leases.say(OURS);
  assert.deepEqual(await shown(), ['signpost_mdns_lease_held{link="eth1"} 1']);
  leases.holder = 'node-2_08';
  assert.deepEqual(await shown(), ['signpost_mdns_lease_held{link="eth1"} 0']);
  await node.announcer.close();
  assert.deepEqual(await shown(), []);
});

test('an API server that says nothing, or no, stops nothing', () => {
  for (const answer of ['silence', 'denied', 'broken']) {
    const node = new Node();
    const log = createLogger((line) => node.lines.push(line));
    const leases = new ClusterLeases({ clock: node.world.clock, random: seededRandom(1), log });
    const connection = new ScriptedApiConnection();
    leases.open(connection);
    node.announcer.attach([node.source], leases);
    if (answer === 'denied') connection.last.refuse(403, 'Forbidden');
    if (answer === 'broken') connection.last.end(new Error('connect ECONNREFUSED'));
    node.put(WEB);
    assert.match(node.lines.join('\n'), /Service shop\/web is announced on eth0/, answer);
    assert.equal(node.lines.join('\n').includes('cannot get lease'), answer === 'denied');
  }
});
