import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../../test/kit/link-world.ts';
import { firstLabelText, labelFromText, nextHost, nextInstance } from './service-label.ts';
import { hostRecords, reverseRecords, serviceRecords } from './service-records.ts';

test('a service has SRV and TXT of its own, and pointers of its type, its subtypes and the list of types', () => {
  const { unique, shared } = serviceRecords({
    instance: 'Küche 2.0',
    type: '_http._tcp',
    subtypes: ['_printer'],
    host: 'gw.local.',
    port: 8080,
    txt: ['path=/', 'secure'],
  });
  const name = 'K\\195\\188che\\ 2\\.0._http._tcp.local.';
  assert.deepEqual(
    unique.map((one) => shown(one)),
    [`!${name} 120 SRV 0 0 8080 gw.local.`, `!${name} 4500 TXT "path=/" "secure"`],
  );
  assert.deepEqual(
    shared.map((one) => shown(one)),
    [
      `_http._tcp.local. 4500 PTR ${name}`,
      `_printer._sub._http._tcp.local. 4500 PTR ${name}`,
      '_services._dns-sd._udp.local. 4500 PTR _http._tcp.local.',
    ],
  );
});

test('a TXT record without strings is one zero byte', () => {
  const { unique } = serviceRecords({ instance: 'a', type: '_x._udp', host: 'gw.local.', port: 1 });
  assert.deepEqual([...unique[1]!.data], [0]);
});

test('a host has addresses of both families, and pointers back that are shared', () => {
  const addresses = ['192.0.2.10', 'fe80::1'];
  assert.deepEqual(
    hostRecords('gw.local.', addresses).map((one) => shown(one)),
    ['!gw.local. 120 A 192.0.2.10', '!gw.local. 120 AAAA fe80::1'],
  );
  assert.deepEqual(
    reverseRecords('gw.local.', addresses).map((one) => shown(one)),
    [
      '10.2.0.192.in-addr.arpa. 120 PTR gw.local.',
      '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa. 120 PTR gw.local.',
    ],
  );
  assert.throws(() => hostRecords('gw.local.', ['nonsense']), /'nonsense' is no address/);
});

const labels: readonly (readonly [string, string])[] = [
  ['printer', 'printer'],
  ['Front door', 'Front\\ door'],
  ['v1.2', 'v1\\.2'],
  ['back\\slash', 'back\\\\slash'],
  ['Café', 'Caf\\195\\169'],
  ['7 dwarfs', '7\\ dwarfs'],
];
for (const [text, label] of labels) {
  test(`${JSON.stringify(text)} as a label is ${label}, and back`, () => {
    assert.equal(labelFromText(text), label);
    assert.equal(firstLabelText(`${label}._x._tcp.local.`), text);
  });
}

test('a label of two code points for one letter is composed', () => {
  assert.equal(labelFromText('Cafe\u0301'), 'Caf\\195\\169');
});

for (const text of ['', 'x'.repeat(64), 'é'.repeat(32)]) {
  test(`${text.length} characters, ${Buffer.byteLength(text)} bytes, are no label`, () => {
    assert.throws(() => labelFromText(text), /is not of 1 to 63 bytes/);
  });
}

const renames: readonly (readonly [string, (text: string) => string, string, string])[] = [
  ['instance', nextInstance, 'Printer', 'Printer (2)'],
  ['instance', nextInstance, 'Printer (2)', 'Printer (3)'],
  ['instance', nextInstance, 'Printer (9)', 'Printer (10)'],
  ['instance', nextInstance, 'Printer (two)', 'Printer (two) (2)'],
  ['instance', nextInstance, 'x'.repeat(63), `${'x'.repeat(59)} (2)`],
  ['instance', nextInstance, 'é'.repeat(31), `${'é'.repeat(29)} (2)`],
  ['instance', nextInstance, `${'x'.repeat(59)} (9)`, `${'x'.repeat(58)} (10)`],
  ['host', nextHost, 'gateway', 'gateway-2'],
  ['host', nextHost, 'gateway-2', 'gateway-3'],
  ['host', nextHost, 'web-server', 'web-server-2'],
  ['host', nextHost, 'x'.repeat(63), `${'x'.repeat(61)}-2`],
];
for (const [kind, next, text, expected] of renames) {
  test(`the next ${kind} after ${text.slice(0, 20)} of ${text.length} is ${expected.slice(-14)}`, () => {
    assert.equal(next(text), expected);
  });
}
