import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResolvConf } from './resolv-conf.ts';

const rows: readonly {
  title: string;
  text: string;
  nameservers: string[];
  ports?: number[];
  invalid?: string[];
}[] = [
  {
    title: 'ports, as OpenBSD writes them',
    text: 'nameserver [192.0.2.1]:5353\nnameserver [2001:db8::1]\nnameserver [192.0.2.2]:0\n',
    nameservers: ['192.0.2.1', '2001:db8::1'],
    ports: [5353, 53],
    invalid: ['[192.0.2.2]:0'],
  },
  { title: 'nothing', text: '', nameservers: [] },
  {
    title: 'a usual file',
    text: 'search a.example b.example\nnameserver 192.0.2.1\noptions ndots:5\nnameserver 2001:db8::1\n',
    nameservers: ['192.0.2.1', '2001:db8::1'],
  },
  {
    title: 'comments, tabs and CRLF',
    text: '# nameserver 192.0.2.9\r\n;nameserver 192.0.2.8\r\n\tnameserver\t192.0.2.1  # here\r\n',
    nameservers: ['192.0.2.1'],
  },
  { title: 'zone ids are cut off', text: 'nameserver fe80::1%eth0', nameservers: ['fe80::1'] },
  { title: 'only the first word counts', text: 'nameserver 192.0.2.1 192.0.2.2', nameservers: ['192.0.2.1'] },
  { title: 'a keyword without a word', text: 'nameserver\nnameserver 192.0.2.1', nameservers: ['192.0.2.1'] },
  { title: 'a host name is told', text: 'nameserver dns.example', nameservers: [], invalid: ['dns.example'] },
];

for (const { title, text, nameservers, ports = [], invalid = [] } of rows) {
  test(`resolv.conf: ${title}`, () => {
    const servers = nameservers.map((address, index) => ({ address, port: ports[index] ?? 53 }));
    assert.deepEqual(parseResolvConf(text), { nameservers, servers, invalid });
  });
}
