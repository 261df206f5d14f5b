import assert from 'node:assert/strict';
import { test } from 'node:test';
import { House, told } from './test-house.ts';

const asked = [
  {
    title: 'a host',
    name: 'printer.lan.example.',
    type: 'A',
    says: ['printer.lan.example. 10 A 192.168.1.20'],
  },
  { title: 'no link-local addresses', name: 'printer.lan.example.', type: 'AAAA', says: [] },
  {
    title: 'a host in any letter case',
    name: 'PRINTER.Lan.example.',
    type: 'A',
    says: ['printer.lan.example. 10 A 192.168.1.20'],
  },
  {
    title: 'the types of services',
    name: '_services._dns-sd._udp.lan.example.',
    type: 'PTR',
    says: ['_services._dns-sd._udp.lan.example. 10 PTR _ipp._tcp.lan.example.'],
  },
  {
    title: 'a service',
    name: 'Laser\\0322._ipp._tcp.lan.example.',
    type: 'SRV',
    says: ['Laser\\ 2._ipp._tcp.lan.example. 10 SRV 0 0 631 printer.lan.example.'],
  },
  {
    title: "a service's text",
    name: 'Laser\\0322._ipp._tcp.lan.example.',
    type: 'TXT',
    says: ['Laser\\ 2._ipp._tcp.lan.example. 10 TXT "rp=ipp/print"'],
  },
  {
    title: 'a reverse name',
    name: '20.1.168.192.in-addr.arpa.',
    type: 'PTR',
    says: ['20.1.168.192.in-addr.arpa. 10 PTR printer.lan.example.'],
  },
  {
    title: 'where to browse',
    name: 'lb._dns-sd._udp.lan.example.',
    type: 'PTR',
    says: ['lb._dns-sd._udp.lan.example. 10 PTR lan.example.'],
  },
  {
    title: 'where to browse to who has an address',
    name: 'b._dns-sd._udp.0.1.168.192.in-addr.arpa.',
    type: 'PTR',
    says: ['b._dns-sd._udp.0.1.168.192.in-addr.arpa. 10 PTR lan.example.'],
  },
  { title: 'that nobody registers names here', name: 'r._dns-sd._udp.lan.example.', type: 'PTR', says: [] },
  { title: 'that there is no push', name: '_dns-push-tls._tcp.lan.example.', type: 'SRV', says: [] },
  {
    title: 'its name server',
    name: 'lan.example.',
    type: 'NS',
    says: ['lan.example. 10 NS ns.dns.lan.example.'],
  },
  {
    title: "its name server's address",
    name: 'ns.dns.lan.example.',
    type: 'A',
    says: ['ns.dns.lan.example. 10 A 192.168.1.1'],
  },
  {
    title: "its name server's address off the link",
    name: 'ns.dns.lan.example.',
    type: 'AAAA',
    says: ['ns.dns.lan.example. 10 AAAA 2001:db8::1'],
  },
  {
    title: 'its authority',
    name: 'lan.example.',
    type: 'SOA',
    says: ['lan.example. 10 SOA ns.dns.lan.example. hostmaster.lan.example. 0 7200 3600 86400 10'],
  },
];
for (const { title, name, type, says } of asked) {
  test(`mdns tells ${title}`, async () => {
    await using house = await House.open();
    const { reply } = await house.ask(name, type);
    assert.deepEqual(told(reply), ['NOERROR', ...says]);
    assert.equal(reply.authority.length, says.length === 0 ? 1 : 0);
  });
}

const times = [
  { title: 'a host that is there', name: 'printer.lan.example.', type: 'A', from: 20, to: 150 },
  {
    title: 'a type that a host says it has not',
    name: 'printer.lan.example.',
    type: 'TXT',
    from: 20,
    to: 150,
  },
  { title: 'services, whoever has them', name: '_ipp._tcp.lan.example.', type: 'PTR', from: 170, to: 300 },
  { title: 'a name that nobody has', name: 'none.lan.example.', type: 'A', from: 4000, to: 4010 },
  {
    title: 'a reverse name that nobody has',
    name: '9.1.168.192.in-addr.arpa.',
    type: 'PTR',
    from: 400,
    to: 410,
  },
];
for (const { title, name, type, from, to } of times) {
  test(`mdns waits as long as it must for ${title}`, async () => {
    await using house = await House.open();
    const { milliseconds } = await house.ask(name, type);
    assert.ok(milliseconds >= from && milliseconds <= to, `${milliseconds} ms`);
  });
}

test('a browse is answered at once the second time, with all that one needs to know', async () => {
  await using house = await House.open();
  await house.ask('_ipp._tcp.lan.example.', 'PTR');
  await house.ask('Laser\\0322._ipp._tcp.lan.example.', 'SRV');
  await house.ask('Laser\\0322._ipp._tcp.lan.example.', 'TXT');
  await house.ask('printer.lan.example.', 'A');
  const { reply, milliseconds } = await house.ask('_ipp._tcp.lan.example.', 'PTR');
  assert.equal(milliseconds, 0);
  assert.deepEqual(told(reply), [
    'NOERROR',
    '_ipp._tcp.lan.example. 10 PTR Laser\\ 2._ipp._tcp.lan.example.',
    '[Laser\\ 2._ipp._tcp.lan.example. 10 SRV 0 0 631 printer.lan.example.]',
    '[Laser\\ 2._ipp._tcp.lan.example. 10 TXT "rp=ipp/print"]',
    '[printer.lan.example. 10 A 192.168.1.20]',
  ]);
});

test('a service that says goodbye is gone a second later', async () => {
  await using house = await House.open();
  await house.ask('_ipp._tcp.lan.example.', 'PTR');
  house.device.sayGoodbye();
  house.device.station.isPlugged = false;
  house.clock.advance(1100);
  const { reply, milliseconds } = await house.ask('_ipp._tcp.lan.example.', 'PTR');
  assert.deepEqual([milliseconds, ...told(reply)], [0, 'NOERROR']);
});

test('however many clients ask, the link is asked once', async () => {
  await using house = await House.open();
  await Promise.all(Array.from({ length: 100 }, () => house.ask('_ipp._tcp.lan.example.', 'PTR')));
  assert.equal(house.device.asked, 1);
});

test('a question is asked on for two minutes after the last client, and no longer', async () => {
  await using house = await House.open();
  await house.ask('_ipp._tcp.lan.example.', 'PTR');
  house.clock.advance(125_000);
  const sent = house.link.sent;
  house.clock.advance(3_600_000);
  assert.equal(house.link.sent, sent);
});

test('a flood of names is refused, and what is there goes on being answered', async () => {
  await using house = await House.open();
  await house.ask('printer.lan.example.', 'A');
  const flood = Array.from({ length: 300 }, (_, index) => house.ask(`random${index}.lan.example.`, 'A'));
  const { reply } = await house.ask('printer.lan.example.', 'A');
  assert.equal(reply.answer.length, 1);
  const refused = (await Promise.all(flood)).filter((answer) => answer.reply.rcode === 2);
  assert.equal(refused.length, 100);
});

const local = [
  { title: 'does not exist', options: '', name: 'printer.local.', type: 'A', says: ['NXDOMAIN'] },
  {
    title: 'is answered where that is wanted',
    options: 'local',
    name: 'printer.local.',
    type: 'A',
    says: ['NOERROR', 'printer.local. 10 A 192.168.1.20'],
  },
  {
    title: 'is not there if nobody has it',
    options: 'local',
    name: 'none.local.',
    type: 'A',
    says: ['NOERROR'],
  },
  { title: 'has no authority of its own', options: 'local', name: 'local.', type: 'SOA', says: ['NXDOMAIN'] },
];
for (const { title, options, name, type, says } of local) {
  test(`a name under local. ${title}`, async () => {
    await using house = await House.open(options);
    assert.deepEqual(told((await house.ask(name, type)).reply), says);
  });
}

test('reverse names of link-local addresses are of no other server', async () => {
  await using house = await House.open();
  const last = '0.'.repeat(28);
  for (const [name, rcode] of [
    ['9.9.254.169.in-addr.arpa.', 'NXDOMAIN'],
    ['254.169.in-addr.arpa.', 'NXDOMAIN'],
    [`9.${last.slice(2)}f.b.e.f.ip6.arpa.`, 'NXDOMAIN'],
    // Of the network that is on the link.
    [`9.${last.slice(2)}0.8.e.f.ip6.arpa.`, 'NOERROR'],
    ['9.9.253.169.in-addr.arpa.', 'REFUSED'],
    ['0.e.f.ip6.arpa.', 'REFUSED'],
  ] as const) {
    assert.deepEqual(told((await house.ask(name, 'PTR')).reply), [rcode], name);
  }
});

test('who asks for a name under local. that nobody has knows within half a second', async () => {
  await using house = await House.open('local');
  const { milliseconds } = await house.ask('none.local.', 'A');
  assert.ok(milliseconds <= 450, `${milliseconds} ms`);
});

test('other names go to the next plugin', async () => {
  await using house = await House.open('local');
  for (const name of ['example.org.', '1.2.0.192.in-addr.arpa.', 'example.']) {
    assert.deepEqual(told((await house.ask(name, 'PTR')).reply), ['REFUSED'], name);
  }
});
