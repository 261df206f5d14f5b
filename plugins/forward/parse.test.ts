import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCorefile } from '../../src/corefile/corefile.ts';
import type { EncryptedTarget, LineOptions } from './options.ts';
import { parse } from './parse.ts';

function parseText(text: string): readonly LineOptions[] {
  const { blocks } = parseCorefile(`. {\n${text}\n}`, {
    file: 'Corefile',
    environment: {},
    readFile: () => '',
    warn: () => {},
    defaultPort: 53,
  });
  return parse(blocks[0]!.directives);
}

const block = (line: string): string => `forward . 192.0.2.1 {\n${line}\n}`;

const tls = (serverName: string | undefined): EncryptedTarget => ({ scheme: 'tls', serverName });
const https: EncryptedTarget = { scheme: 'https', serverName: undefined };

const good: readonly { title: string; text: string; expected: Partial<LineOptions> }[] = [
  {
    title: 'the defaults',
    text: 'forward . 192.0.2.1',
    expected: {
      from: '.',
      targets: [{ kind: 'address', address: '192.0.2.1', port: 53 }],
      except: [],
      forceTcp: false,
      preferUdp: false,
      expire: 10_000,
      maximumAge: 0,
      maximumIdle: 0,
      readTimeout: 2000,
      maximumFails: 2,
      maximumAttempts: undefined,
      policy: 'random',
      healthCheck: { interval: 500, recursionDesired: true, domain: '.' },
      maximumConcurrent: 0,
      next: [],
      failover: [],
      failFast: false,
    },
  },
  {
    title: 'addresses of all forms',
    text: 'forward Example.org 192.0.2.1:5353 2001:db8::1 [2001:db8::2]:54 [2001:db8::3] dns://192.0.2.4 dns://192.0.2.5:55',
    expected: {
      from: 'example.org.',
      targets: [
        { kind: 'address', address: '192.0.2.1', port: 5353 },
        { kind: 'address', address: '2001:db8::1', port: 53 },
        { kind: 'address', address: '2001:db8::2', port: 54 },
        { kind: 'address', address: '2001:db8::3', port: 53 },
        { kind: 'address', address: '192.0.2.4', port: 53 },
        { kind: 'address', address: '192.0.2.5', port: 55 },
      ],
    },
  },
  {
    title: 'a file',
    text: 'forward . /etc/resolv.conf',
    expected: { targets: [{ kind: 'file', path: '/etc/resolv.conf' }] },
  },
  {
    title: 'hosts of all forms',
    text: 'forward . dns.example:5353 dns://Dns.Example. dns://localhost:54 tls://one.example tls://one.example%two.example:54 https://dns.example/dns-query https://dns.example:444',
    expected: {
      targets: [
        { kind: 'host', host: 'dns.example', port: 5353 },
        { kind: 'host', host: 'dns.example', port: 53 },
        { kind: 'host', host: 'localhost', port: 54 },
        { kind: 'host', host: 'one.example', port: 853, encrypted: tls(undefined) },
        { kind: 'host', host: 'one.example', port: 54, encrypted: tls('two.example') },
        { kind: 'host', host: 'dns.example', port: 443, encrypted: https },
        { kind: 'host', host: 'dns.example', port: 444, encrypted: https },
      ],
    },
  },
  {
    title: 'a network in FROM',
    text: 'forward 10.9.0.0/16 192.0.2.1',
    expected: { from: '9.10.in-addr.arpa.', warnings: [] },
  },
  {
    title: 'a network that is several zones',
    text: 'forward 10.9.0.0/15 192.0.2.1',
    expected: {
      from: '8.10.in-addr.arpa.',
      warnings: [
        "unsupported CIDR notation: '10.9.0.0/15' expands to multiple zones, using only '8.10.in-addr.arpa.'",
      ],
    },
  },
  {
    title: 'except adds up',
    text: block('except a.example B.example\nexcept c.example'),
    expected: { except: ['a.example.', 'b.example.', 'c.example.'] },
  },
  {
    title: 'switches',
    text: block('force_tcp\nprefer_udp\nnext_on_nodata\nfailfast_all_unhealthy_upstreams'),
    expected: { forceTcp: true, preferUdp: true, nextOnNoData: true, failFast: true },
  },
  {
    title: 'times',
    text: block('expire 1m\nmax_age 2m\nread_timeout 300ms'),
    expected: { expire: 60_000, maximumAge: 120_000, readTimeout: 300 },
  },
  {
    title: 'numbers',
    text: block('max_fails 0\nmax_connect_attempts 3\nmax_idle_conns 4\nmax_concurrent 1000'),
    expected: { maximumFails: 0, maximumAttempts: 3, maximumIdle: 4, maximumConcurrent: 1000 },
  },
  { title: 'a policy', text: block('policy round_robin'), expected: { policy: 'round_robin' } },
  {
    title: 'a health check',
    text: block('health_check 1s no_rec domain Example.org'),
    expected: { healthCheck: { interval: 1000, recursionDesired: false, domain: 'example.org.' } },
  },
  {
    title: 'rcodes',
    text: block('next NXDOMAIN servfail\nfailover SERVFAIL refused'),
    expected: { next: [3, 2], failover: [2, 5] },
  },
  {
    title: 'a source address',
    text: block('source_address 192.0.2.9'),
    expected: { sourceAddress: '192.0.2.9' },
  },
  {
    title: 'name servers for host names',
    text: block('resolver 192.0.2.1 192.0.2.2:54\nresolver 2001:db8::1'),
    expected: {
      resolvers: [
        { address: '192.0.2.1', port: 53 },
        { address: '192.0.2.2', port: 54 },
        { address: '2001:db8::1', port: 53 },
      ],
    },
  },
];

for (const { title, text, expected } of good) {
  test(`forward takes ${title}`, () => {
    const [options] = parseText(text);
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(options![key as keyof LineOptions], value, key);
  });
}

test('forward may stand several times', () => {
  const lines = parseText('forward example.org 192.0.2.1\nforward . 192.0.2.2');
  assert.deepEqual(
    lines.map(({ from, position }) => [from, position.line]),
    [
      ['example.org.', 2],
      ['.', 3],
    ],
  );
});

const bad: readonly { title: string; text: string; message: RegExp }[] = [
  {
    title: 'nothing',
    text: 'forward',
    message: /^Corefile:2: wrong argument count .*expected forward FROM TO/,
  },
  { title: 'no TO', text: 'forward .', message: /wrong argument count/ },
  {
    title: 'a FROM that is no zone',
    text: 'forward a..b 192.0.2.1',
    message: /unable to normalize 'a\.\.b'/,
  },
  {
    title: 'grpc://',
    text: 'forward . grpc://192.0.2.1',
    message: /unsupported transport 'grpc'; expected dns:\/\/, tls:\/\/ or https:\/\//,
  },
  {
    title: 'an address with too large a number',
    text: 'forward . 192.0.2.256:53',
    message: /not an IP address or file: '192\.0\.2\.256:53'; nor is it the name of a host/,
  },
  {
    title: 'a host name with an empty label',
    text: 'forward . dns://dns..example',
    message: /not an IP address or file: 'dns\.\.example'/,
  },
  {
    title: 'a bad port of a host',
    text: 'forward . dns.example:0',
    message: /invalid port '0'; expected 1 to 65535/,
  },
  {
    title: 'a bad port',
    text: 'forward . 192.0.2.1:70000',
    message: /invalid port '70000'; expected 1 to 65535/,
  },
  { title: 'port 0', text: 'forward . 192.0.2.1:0', message: /invalid port '0'/ },
  { title: 'a bad address in brackets', text: 'forward . [192.0.2.1]:53', message: /expected \[IPv6\]/ },
  {
    title: '16 TOs',
    text: `forward . ${Array.from({ length: 16 }, (_, index) => `192.0.2.${index}`).join(' ')}`,
    message: /more than 15 TOs configured: 16/,
  },
  {
    title: 'an unknown property',
    text: block('polcy random'),
    message: /^Corefile:3: unknown property 'polcy'; did you mean 'policy'/,
  },
  {
    title: 'a property that Object has',
    text: block('constructor'),
    message: /unknown property 'constructor'/,
  },
  { title: 'an empty except', text: block('except'), message: /wrong argument count/ },
  { title: 'force_tcp with an argument', text: block('force_tcp yes'), message: /wrong argument count/ },
  { title: 'prefer_udp with an argument', text: block('prefer_udp yes'), message: /wrong argument count/ },
  {
    title: 'next_on_nodata with an argument',
    text: block('next_on_nodata yes'),
    message: /wrong argument count/,
  },
  {
    title: 'failfast with an argument',
    text: block('failfast_all_unhealthy_upstreams yes'),
    message: /wrong argument count/,
  },
  { title: 'a negative expire', text: block('expire -1s'), message: /invalid expire '-1s'/ },
  { title: 'an expire without unit', text: block('expire 10'), message: /invalid expire '10'/ },
  {
    title: 'a max_age below expire',
    text: block('max_age 5s'),
    message: /max_age must not be shorter than expire/,
  },
  { title: 'a negative max_age', text: block('max_age -5s'), message: /invalid max_age/ },
  { title: 'a negative max_idle_conns', text: block('max_idle_conns -1'), message: /invalid max_idle_conns/ },
  {
    title: 'a read_timeout of 0',
    text: block('read_timeout 0s'),
    message: /invalid read_timeout '0s'; expected more than 0/,
  },
  { title: 'a negative max_fails', text: block('max_fails -1'), message: /invalid max_fails/ },
  {
    title: 'a max_connect_attempts that is no number',
    text: block('max_connect_attempts many'),
    message: /invalid max_connect_attempts/,
  },
  { title: 'a doh_method in lower case', text: block('doh_method get'), message: /invalid doh_method 'get'/ },
  {
    title: 'an unknown policy',
    text: block('policy round-robin'),
    message: /invalid policy 'round-robin'; did you mean 'round_robin'/,
  },
  { title: 'health_check alone', text: block('health_check'), message: /wrong argument count/ },
  { title: 'a negative health_check', text: block('health_check -1s'), message: /invalid health_check/ },
  {
    title: 'an unknown word of health_check',
    text: block('health_check 1s no_rek'),
    message: /unknown health_check option 'no_rek'; did you mean 'no_rec'/,
  },
  {
    title: 'health_check domain without a name',
    text: block('health_check 1s domain'),
    message: /expected a domain name after domain/,
  },
  {
    title: 'health_check domain with a bad name',
    text: block('health_check 1s domain a..b'),
    message: /invalid domain name 'a\.\.b'/,
  },
  { title: 'a negative max_concurrent', text: block('max_concurrent -1'), message: /invalid max_concurrent/ },
  { title: 'next without rcode', text: block('next'), message: /wrong argument count/ },
  {
    title: 'next with a bad rcode',
    text: block('next NXDOMAN'),
    message: /next: 'NXDOMAN' is not a valid rcode; did you mean 'NXDOMAIN'/,
  },
  {
    title: 'failover with NOERROR',
    text: block('failover SERVFAIL NOERROR'),
    message: /'NOERROR' cannot be used in failover/,
  },
  {
    title: 'a source_address that is none',
    text: block('source_address eth0'),
    message: /invalid source_address 'eth0'/,
  },
  {
    title: 'a resolver that is none',
    text: block('resolver dns.example'),
    message: /invalid resolver 'dns\.example'/,
  },
];

for (const { title, text, message } of bad) {
  test(`forward refuses ${title}`, () => {
    assert.throws(() => parseText(text), { name: 'CorefileError', message });
  });
}
