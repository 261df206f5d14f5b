import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { FakeClock } from '../../../test/kit/fake-clock.ts';
import { InterfaceWatch } from './interface-watch.ts';
import type { InterfaceState } from './interface-watch.ts';

/** Interfaces that come and go. */
class Machine {
  readonly clock = new FakeClock();
  readonly table = new Map<string, NetworkInterfaceInfo[]>();
  readonly indices = new Map<string, number>();
  readonly watch = new InterfaceWatch(
    { interfaces: () => Object.fromEntries(this.table), index: (name) => this.indices.get(name) ?? 0 },
    this.clock,
  );

  put(name: string, address: string, index: number): void {
    const rest = { netmask: '255.255.255.0', mac: '00:00:00:00:00:00', internal: name === 'lo' };
    this.table.set(name, [{ ...rest, address, family: 'IPv4', cidr: `${address}/24` }]);
    this.indices.set(name, index);
  }

  remove(name: string): void {
    this.table.delete(name);
    this.indices.delete(name);
  }
}

const names = [
  ...['eth0', 'enp3s0', 'wlan0', 'br0', 'bond0', 'end0', 'guest0', 'eth0.20', 'vmbr0', 'br-lan'].map(
    (name) => ({
      name,
      isLink: true,
    }),
  ),
  ...[
    'lo',
    'veth1a2b',
    'docker0',
    'br-3f2a11bc09de',
    'cni0',
    'cali12',
    'flannel.1',
    'lxcbr0',
    'virbr0',
    'vnet3',
  ].map((name) => ({ name, isLink: false })),
  ...[
    'podman0',
    'nerdctl0',
    'cilium_host',
    'vxlan.calico',
    'kube-ipvs0',
    'nodelocaldns',
    'incusbr0',
    'tap0',
  ].map((name) => ({ name, isLink: false })),
];
for (const { name, isLink } of names) {
  test(`${name} is ${isLink ? 'a link' : 'no link unless it is named'}`, () => {
    const machine = new Machine();
    machine.put(name, '192.168.1.1', 2);
    const told: (readonly string[])[] = [];
    machine.watch.followNames((present) => told.push(present));
    assert.deepEqual(told, isLink ? [[name]] : []);
    const states: InterfaceState[] = [];
    machine.watch.follow(name, (state) => states.push(state));
    assert.equal(states[0]!.addresses[0]!.address, '192.168.1.1');
    machine.watch.close();
  });
}

test('an interface is told of within a second when it comes, has another address or number, or goes', () => {
  const machine = new Machine();
  const told: string[] = [];
  machine.watch.follow('eth0', ({ index, addresses }) => {
    told.push([index, ...addresses.map(({ address, prefix }) => `${address}/${prefix}`)].join(' '));
  });
  const changes: readonly (readonly [title: string, change: () => void, expected: string])[] = [
    ['it comes', () => machine.put('eth0', '10.0.0.1', 2), '2 10.0.0.1/24'],
    ['another address', () => machine.put('eth0', '10.0.0.2', 2), '2 10.0.0.2/24'],
    ['another interface of the name', () => machine.put('eth0', '10.0.0.2', 7), '7 10.0.0.2/24'],
    ['another name', () => machine.remove('eth0'), '0'],
    ['the name again', () => machine.put('eth0', '10.0.0.2', 7), '7 10.0.0.2/24'],
  ];
  assert.deepEqual(told, ['0']);
  for (const [title, change, expected] of changes) {
    change();
    const before = told.length;
    machine.clock.advance(1000);
    assert.deepEqual(told.slice(before), [expected], title);
    machine.clock.advance(10_000);
    assert.equal(told.length, before + 1, `${title}: told once`);
  }
  machine.watch.close();
});
