import assert from 'node:assert/strict';
import { test } from 'node:test';
import { House, PRINTER, told } from './test-house.ts';

/** What RFC 8766 asks of a Discovery Proxy beside the answers themselves. */

const LASER = 'Laser\\0322._ipp._tcp.lan.example.';

/** Names that links have no answer for, whoever says so on them: nobody there is asked. */
const withheld = [
  { title: 'who has a part of the zone', name: 'printer.lan.example.', type: 'NS' },
  { title: 'its authority', name: 'printer.lan.example.', type: 'SOA' },
  { title: 'its keys', name: 'printer.lan.example.', type: 'DS' },
  { title: 'the proxy of browsers', name: 'wpad.lan.example.', type: 'A' },
  { title: 'a tunnel', name: 'ISATAP.lan.example.', type: 'A' },
  { title: 'the proxy of browsers, by unicast', name: 'wpad.local.', type: 'A' },
  { title: 'where to register', name: 'dr._dns-sd._udp.0.1.168.192.in-addr.arpa.', type: 'PTR' },
];
for (const { title, name, type } of withheld) {
  test(`no device is asked for ${title}: ${name} ${type}`, async () => {
    const records = [...PRINTER, 'wpad.local. 120 A 192.168.1.66', 'isatap.local. 120 A 192.168.1.66'];
    await using house = await House.open('local', { records });
    const { reply, milliseconds } = await house.ask(name, type);
    assert.deepEqual([milliseconds, ...told(reply)], [0, 'NOERROR']);
    house.clock.advance(1000);
    assert.equal(house.link.sent, 0);
  });
}

test('a link is not transferred', async () => {
  await using house = await House.open('local');
  for (const name of ['lan.example.', 'printer.local.'])
    assert.deepEqual(told((await house.ask(name, 'AXFR')).reply), ['REFUSED'], name);
});

for (const [zones, shown] of [
  ['"Building 1.example"', 'building\\0321.example.'],
  ['Building\\0321.example', 'building\\0321.example.'],
  ['"Büro.example"', 'b\\195\\188ro.example.'],
] as const) {
  test(`a link may be shown under any text: ${zones}`, async () => {
    await using house = await House.open('', { zones });
    const { reply } = await house.ask(`printer.${shown}`, 'A');
    assert.match(told(reply)[1]!, /^printer\.(building\\ 1|b\\195\\188ro)\.example\. 10 A 192\.168\.1\.20$/);
  });
}

test('name servers outside the zone are those that it tells', async () => {
  await using house = await House.open('nameserver gateway.example ns2.example.');
  assert.deepEqual(told((await house.ask('lan.example.', 'NS')).reply), [
    'NOERROR',
    'lan.example. 10 NS gateway.example.',
    'lan.example. 10 NS ns2.example.',
  ]);
  const { reply } = await house.ask('lan.example.', 'SOA');
  assert.match(told(reply)[1]!, /SOA gateway\.example\. hostmaster\.lan\.example\. 0 /);
});

const CAMERA = [
  '_rtsp._tcp.local. 4500 PTR Porch._rtsp._tcp.local.',
  'Porch._rtsp._tcp.local. 120 SRV 0 0 554 camera.local.',
  'Porch._rtsp._tcp.local. 4500 TXT ""',
  'camera.local. 120 AAAA fe80::66',
];

const reached = [
  {
    title: 'whose host has link-local addresses alone is not told',
    records: CAMERA,
    srv: [],
    ptr: [],
  },
  {
    title: 'whose host says that it has no others is not told',
    records: [...CAMERA, 'camera.local. 120 NSEC camera.local. AAAA'],
    srv: [],
    ptr: [],
  },
  {
    title: 'whose host has others as well is told',
    records: [...CAMERA, 'camera.local. 120 A 192.168.1.66'],
    srv: ['Porch._rtsp._tcp.lan.example. 10 SRV 0 0 554 camera.lan.example.'],
    ptr: ['_rtsp._tcp.lan.example. 10 PTR Porch._rtsp._tcp.lan.example.'],
  },
];
for (const { title, records, srv, ptr } of reached) {
  test(`a service ${title}`, async () => {
    await using house = await House.open('', { records });
    // What devices send along, the simulated one has to be asked for.
    await house.ask('camera.lan.example.', 'AAAA');
    await house.ask('Porch._rtsp._tcp.lan.example.', 'TXT');
    const service = await house.ask('Porch._rtsp._tcp.lan.example.', 'SRV');
    assert.deepEqual(
      told(service.reply).filter((line) => !line.startsWith('[')),
      ['NOERROR', ...srv],
    );
    assert.ok(service.milliseconds <= 700, `${service.milliseconds} ms`);
    const browsed = await house.ask('_rtsp._tcp.lan.example.', 'PTR');
    assert.deepEqual(
      told(browsed.reply).filter((line) => !line.startsWith('[')),
      ['NOERROR', ...ptr],
    );
    const { milliseconds } = await house.ask('_rtsp._tcp.lan.example.', 'PTR');
    assert.equal(milliseconds, 0);
  });
}

test('who owns a name has half a second for its other types, and none the next time', async () => {
  const records = ['desk.local. 120 A 192.168.1.20'];
  await using house = await House.open('', { records });
  const both = [house.ask('desk.lan.example.', 'AAAA'), house.ask('desk.lan.example.', 'A')] as const;
  const [ipv6, ipv4] = await Promise.all(both);
  assert.deepEqual([told(ipv4.reply).length, told(ipv6.reply).length], [2, 1]);
  assert.ok(ipv6.milliseconds <= 700, `${ipv6.milliseconds} ms`);
  house.clock.advance(30_000);
  assert.equal((await house.ask('desk.lan.example.', 'AAAA')).milliseconds, 0);
});

const all = [
  { name: 'printer.lan.example.', says: ['printer.lan.example. 10 A 192.168.1.20'] },
  {
    name: LASER,
    says: [
      'Laser\\ 2._ipp._tcp.lan.example. 10 SRV 0 0 631 printer.lan.example.',
      'Laser\\ 2._ipp._tcp.lan.example. 10 TXT "rp=ipp/print"',
    ],
  },
  {
    name: '_ipp._tcp.lan.example.',
    says: ['_ipp._tcp.lan.example. 10 PTR Laser\\ 2._ipp._tcp.lan.example.'],
  },
];
for (const { name, says } of all) {
  test(`who asks for all that there is of ${name} is told`, async () => {
    await using house = await House.open();
    const { reply } = await house.ask(name, 'ANY');
    const lines = told(reply).filter((line) => !line.startsWith('['));
    assert.deepEqual([lines[0], ...lines.slice(1).sort()], ['NOERROR', ...says]);
  });
}

test('a name that is too long for the link has no records, and harms no other question', async () => {
  await using house = await House.open('', { zones: 'lan' });
  const labels = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(56)];
  const long = `${labels.join('.')}.lan.`;
  assert.equal(long.length, 253);
  const [{ reply }, host] = await Promise.all([house.ask(long, 'A'), house.ask('printer.lan.', 'A')]);
  assert.deepEqual(told(reply), ['NOERROR']);
  assert.deepEqual(told(host.reply), ['NOERROR', 'printer.lan. 10 A 192.168.1.20']);
});

test('records that are too long for the zone are left out, and the others told', async () => {
  const long = `${['a', 'b', 'c'].map((letter) => letter.repeat(63)).join('.')}.${'d'.repeat(45)}._ipp._tcp.local.`;
  const records = [...PRINTER, `_ipp._tcp.local. 4500 PTR ${long}`, `${long} 120 SRV 0 0 1 ${long}`];
  await using house = await House.open('', { records });
  assert.deepEqual(told((await house.ask('_ipp._tcp.lan.example.', 'PTR')).reply), [
    'NOERROR',
    '_ipp._tcp.lan.example. 10 PTR Laser\\ 2._ipp._tcp.lan.example.',
  ]);
});

test('answers come in time while devices go on and on', async () => {
  await using house = await House.open();
  const asking = house.ask('_http._tcp.lan.example.', 'PTR');
  let count = 0;
  const chatter = house.clock.every(100, () =>
    house.device.say(`_http._tcp.local. 120 PTR n${count++}._http._tcp.local.`),
  );
  const { milliseconds } = await asking;
  chatter.cancel();
  assert.ok(milliseconds <= 400, `${milliseconds} ms`);
});

test('nobody waits for a link that is down, and what comes back is found', async () => {
  await using house = await House.open();
  await house.ask('printer.lan.example.', 'A');
  house.station.change();
  const { reply, milliseconds } = await house.ask('printer.lan.example.', 'A');
  assert.deepEqual([milliseconds, ...told(reply)], [0, 'NOERROR']);
  assert.equal((await house.ask('other.lan.example.', 'A')).milliseconds, 10);
  house.station.change('192.168.1.1');
  house.clock.advance(2500);
  assert.equal(
    told((await house.ask('printer.lan.example.', 'A')).reply)[1],
    'printer.lan.example. 10 A 192.168.1.20',
  );
});
