import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { addressRecord, replyTo, startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { Script } from '../../test/kit/scripted-upstream.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { seededRandom } from '../plugin/random.ts';
import { HeaderFlag, Rcode } from '../wire/codes.ts';
import { nameToWire } from '../wire/name.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { FoundAddresses } from './host-lookup.ts';
import { NameServers } from './name-servers.ts';
import { SystemNames } from './system-names.ts';

const clock = new FakeClock();
const surroundings = { clock, random: seededRandom(1), sourceAddress: undefined };

const alias = (name: string, ttl: number, target: string): ResourceRecord => ({
  name,
  type: 5,
  class: 1,
  ttl,
  data: nameToWire(target),
});
const longAddress = (name: string, ...octets: number[]): ResourceRecord => ({
  name,
  type: 28,
  class: 1,
  ttl: 60,
  data: Uint8Array.from(octets),
});
const address = addressRecord('dns.example.', 60, 192, 0, 2, 1);
const says =
  (...answer: ResourceRecord[]): Script =>
  (query) => [replyTo(query, { answer })];
const rcode =
  (code: number): Script =>
  (query) => [replyTo(query, { rcode: code })];

const zeros = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const replies: readonly { title: string; family?: 6; script: Script; expected: FoundAddresses }[] = [
  { title: 'an address', script: says(address), expected: { addresses: ['192.0.2.1'], ttl: 60 } },
  {
    title: 'an IPv6 address',
    family: 6,
    script: says(longAddress('dns.example.', 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)),
    expected: { addresses: ['2001:db8::1'], ttl: 60 },
  },
  {
    title: 'two, one of them twice',
    script: says(address, address, addressRecord('DNS.example.', 30, 192, 0, 2, 2)),
    expected: { addresses: ['192.0.2.1', '192.0.2.2'], ttl: 30 },
  },
  {
    title: 'a chain of aliases, whose shortest TTL counts',
    script: says(
      alias('dns.example.', 300, 'Two.example.'),
      alias('two.example.', 20, 'three.example.'),
      addressRecord('three.example.', 60, 192, 0, 2, 3),
    ),
    expected: { addresses: ['192.0.2.3'], ttl: 20 },
  },
  {
    title: 'an alias that leads to itself',
    script: says(alias('dns.example.', 300, 'dns.example.')),
    expected: { addresses: [], ttl: 0 },
  },
  {
    title: 'the address of another name',
    script: says(addressRecord('other.example.', 60, 192, 0, 2, 3)),
    expected: { addresses: [], ttl: 0 },
  },
  {
    title: "a filter's address",
    script: says(addressRecord('dns.example.', 60, 0, 0, 0, 0)),
    expected: { addresses: [], ttl: 60 },
  },
  {
    title: 'addresses that are none',
    family: 6,
    script: says(
      longAddress('dns.example.', ...zeros, 0, 0, 0, 0, 0, 0),
      longAddress('dns.example.', ...zeros, 255, 255, 192, 0, 2, 1),
    ),
    expected: { addresses: [], ttl: 60 },
  },
  { title: 'no such name', script: rcode(Rcode.NameError), expected: { addresses: [], ttl: 0 } },
  {
    title: 'by UDP only that it is too long',
    script: (query) => {
      const isCut = query.protocol === 'udp';
      return [replyTo(query, isCut ? { flags: HeaderFlag.TC } : { answer: [address] })];
    },
    expected: { addresses: ['192.0.2.1'], ttl: 60 },
  },
];

for (const { title, family = 4, script, expected } of replies) {
  test(`a name server says: ${title}`, async () => {
    await using server = await startUpstream(script);
    const servers = new NameServers([{ address: '127.0.0.1', port: server.port }], surroundings);
    assert.deepEqual(await servers.lookUp('dns.example', family), expected);
    servers.close();
  });
}

test('a name server that refuses is passed over, and the one that answers is asked first from then on', async () => {
  await using refusing = await startUpstream(rcode(Rcode.Refused));
  await using answering = await startUpstream(says(address));
  const servers = new NameServers(
    [refusing, answering].map(({ port }) => ({ address: '127.0.0.1', port })),
    surroundings,
  );
  for (let time = 0; time < 2; time++) await servers.lookUp('dns.example', 4);
  assert.deepEqual([refusing.received.length, answering.received.length], [1, 2]);
  answering.script = rcode(Rcode.ServerFailure);
  await assert.rejects(servers.lookUp('dns.example', 4), /^Error: 127\.0\.0\.1:\d+ answered REFUSED$/);
  servers.close();
});

test('a name server that is silent is passed over after two seconds', async () => {
  await using silent = await startUpstream(() => []);
  await using answering = await startUpstream(says(address));
  const servers = new NameServers(
    [silent, answering].map(({ port }) => ({ address: '127.0.0.1', port })),
    surroundings,
  );
  const found = servers.lookUp('dns.example', 4);
  await silent.queries(1);
  clock.advance(1999);
  assert.equal(answering.received.length, 0);
  clock.advance(1);
  assert.deepEqual((await found).addresses, ['192.0.2.1']);
  servers.close();
});

test('the system knows names by its hosts file, then by the name servers of resolv.conf', async (context) => {
  await using first = await startUpstream(says(address));
  await using second = await startUpstream(says(addressRecord('dns.example.', 60, 192, 0, 2, 2)));
  const folder = temporaryFolder(context);
  const files = { hosts: `${folder.path}/hosts`, resolvConf: `${folder.path}/resolv.conf` };
  const names = new SystemNames(surroundings, files);
  await assert.rejects(names.lookUp('dns.example', 4), /resolv\.conf names no server/);
  folder.write('resolv.conf', `nameserver [127.0.0.1]:${first.port}\n`);
  folder.write('hosts', '192.0.2.9 other.example # dns.example\nnonsense dns.example\n');
  assert.deepEqual(await names.lookUp('dns.example', 4), { addresses: ['192.0.2.1'], ttl: 60 });
  folder.write('resolv.conf', `nameserver [127.0.0.1]:${second.port}\n`);
  assert.deepEqual((await names.lookUp('dns.example', 4)).addresses, ['192.0.2.2'], 'it has changed');
  folder.write('hosts', '127.0.0.1 localhost\n192.0.2.5\tgate DNS.Example\n');
  assert.deepEqual(await names.lookUp('dns.example', 4), { addresses: ['192.0.2.5'], ttl: 30 });
  assert.deepEqual((await names.lookUp('dns.example', 6)).addresses, []);
  assert.deepEqual([first.received.length, second.received.length], [1, 1]);
  names.close();
});
