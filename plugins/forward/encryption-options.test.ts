import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCorefile } from '../../src/corefile/corefile.ts';
import { NO_TLS_FILES } from '../../src/upstream/tls-files.ts';
import type { EncryptionOptions } from './encryption-options.ts';
import type { LineOptions } from './options.ts';
import { parse } from './parse.ts';

function parseText(text: string): LineOptions {
  const { blocks } = parseCorefile(`. {\n${text}\n}`, {
    file: 'Corefile',
    environment: {},
    readFile: () => '',
    warn: () => {},
    defaultPort: 53,
  });
  return parse(blocks[0]!.directives)[0]!;
}

const block = (line: string): string => `forward . tls://192.0.2.1 {\n${line}\n}`;
const pin = Buffer.alloc(32, 1).toString('base64');
const pin2 = Buffer.alloc(32, 2).toString('base64');

const targets: readonly {
  text: string;
  scheme: 'tls' | 'https';
  address: string;
  port: number;
  serverName?: string;
}[] = [
  { text: 'tls://192.0.2.1', scheme: 'tls', address: '192.0.2.1', port: 853 },
  { text: 'tls://192.0.2.1:8853', scheme: 'tls', address: '192.0.2.1', port: 8853 },
  {
    text: 'tls://192.0.2.1%Dns.Example',
    scheme: 'tls',
    address: '192.0.2.1',
    port: 853,
    serverName: 'dns.example',
  },
  {
    text: 'tls://192.0.2.1%dns.example.:53',
    scheme: 'tls',
    address: '192.0.2.1',
    port: 53,
    serverName: 'dns.example',
  },
  { text: 'https://192.0.2.1/dns-query', scheme: 'https', address: '192.0.2.1', port: 443 },
  { text: 'tls://2001:db8::1', scheme: 'tls', address: '2001:db8::1', port: 853 },
  { text: 'tls://[2001:db8::1]', scheme: 'tls', address: '2001:db8::1', port: 853 },
  { text: 'tls://[2001:db8::1]:54', scheme: 'tls', address: '2001:db8::1', port: 54 },
  {
    text: 'tls://2001:db8::1%dns.example',
    scheme: 'tls',
    address: '2001:db8::1',
    port: 853,
    serverName: 'dns.example',
  },
  {
    text: 'tls://2001:db8::1%dns.example:54',
    scheme: 'tls',
    address: '2001:db8::1',
    port: 54,
    serverName: 'dns.example',
  },
  {
    text: 'tls://[2001:db8::1%dns.example]:54',
    scheme: 'tls',
    address: '2001:db8::1',
    port: 54,
    serverName: 'dns.example',
  },
  {
    text: 'tls://[2001:db8::1]%dns.example:54',
    scheme: 'tls',
    address: '2001:db8::1',
    port: 54,
    serverName: 'dns.example',
  },
  { text: 'https://192.0.2.1', scheme: 'https', address: '192.0.2.1', port: 443 },
  {
    text: 'https://192.0.2.1%dns.example:8443',
    scheme: 'https',
    address: '192.0.2.1',
    port: 8443,
    serverName: 'dns.example',
  },
  { text: 'https://[2001:db8::1]:8443', scheme: 'https', address: '2001:db8::1', port: 8443 },
];

for (const { text, scheme, address, port, serverName } of targets) {
  test(`forward takes ${text}`, () => {
    const expected = { kind: 'address', address, port, encrypted: { scheme, serverName } };
    assert.deepEqual(parseText(`forward . ${text}`).targets, [expected]);
  });
}

const good: readonly { title: string; text: string; expected: Partial<EncryptionOptions> }[] = [
  {
    title: 'no property of encryption',
    text: '',
    expected: { tls: undefined, serverName: undefined, pins: [], method: 'POST' },
  },
  {
    title: 'tls alone',
    text: 'tls',
    expected: { tls: { files: NO_TLS_FILES, position: { file: 'Corefile', line: 3 } } },
  },
  {
    title: 'tls CA',
    text: 'tls ca.pem',
    expected: {
      tls: { files: { ...NO_TLS_FILES, authorities: 'ca.pem' }, position: { file: 'Corefile', line: 3 } },
    },
  },
  {
    title: 'tls CERT KEY',
    text: 'tls cert.pem key.pem',
    expected: {
      tls: {
        files: { certificate: 'cert.pem', key: 'key.pem', authorities: undefined },
        position: { file: 'Corefile', line: 3 },
      },
    },
  },
  {
    title: 'tls CERT KEY CA',
    text: 'tls cert.pem key.pem ca.pem',
    expected: {
      tls: {
        files: { certificate: 'cert.pem', key: 'key.pem', authorities: 'ca.pem' },
        position: { file: 'Corefile', line: 3 },
      },
    },
  },
  { title: 'tls_servername', text: 'tls_servername Dns.Example', expected: { serverName: 'dns.example' } },
  { title: 'doh_method', text: 'doh_method GET', expected: { method: 'GET' } },
  {
    title: 'pins, which add up',
    text: `tls_pin ${pin}\ntls_pin sha256/${pin2}`,
    expected: { pins: [pin, pin2] },
  },
];

for (const { title, text, expected } of good) {
  test(`forward takes ${title}`, () => {
    const { encryption } = parseText(block(text));
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(encryption[key as keyof EncryptionOptions], value, key);
  });
}

const bad: readonly { title: string; text: string; message: RegExp }[] = [
  {
    title: 'a path behind https://',
    text: 'forward . https://192.0.2.1/resolve',
    message:
      /^Corefile:2: 'https:\/\/192\.0\.2\.1\/resolve': expected no path but \/dns-query, which is what is asked/,
  },
  {
    title: 'a path behind tls://',
    text: 'forward . tls://dns.example/dns-query',
    message: /^Corefile:2: 'tls:\/\/dns\.example\/dns-query': expected no path/,
  },
  {
    title: 'nothing behind tls://',
    text: 'forward . tls://',
    message: /^Corefile:2: not an IP address or file: ''/,
  },
  {
    title: 'a host with two server names',
    text: 'forward . tls://dns.example%one.example {\ntls_servername two.example\n}',
    message: /^Corefile:3: tls_servername 'two\.example' conflicts with %one\.example/,
  },
  {
    title: 'a bad port',
    text: 'forward . tls://192.0.2.1:0',
    message: /invalid port '0'; expected 1 to 65535/,
  },
  {
    title: 'an empty server name',
    text: 'forward . tls://192.0.2.1%:853',
    message: /invalid server name ''; expected a host name such as/,
  },
  {
    title: 'an address as the server name',
    text: 'forward . tls://192.0.2.1%192.0.2.1',
    message: /invalid server name '192\.0\.2\.1'/,
  },
  {
    title: 'a server name with plain DNS',
    text: 'forward . dns://192.0.2.1%dns.example',
    message: /not an IP address or file/,
  },
  {
    title: 'tls with four arguments',
    text: block('tls a b c d'),
    message: /^Corefile:3: wrong argument count .*expected tls \[CERT KEY\] \[CA\]/,
  },
  {
    title: 'tls_servername without a name',
    text: block('tls_servername'),
    message: /^Corefile:3: wrong argument count .*expected tls_servername NAME/,
  },
  {
    title: 'a tls_servername with a blank label',
    text: block('tls_servername dns..example'),
    message: /^Corefile:3: invalid server name 'dns\.\.example'/,
  },
  {
    title: 'two server names',
    text: 'forward . tls://192.0.2.1%a.example {\ntls_servername b.example\n}',
    message: /^Corefile:3: tls_servername 'b\.example' conflicts with %a\.example in a TO/,
  },
  {
    title: 'tls_pin without a pin',
    text: block('tls_pin'),
    message: /^Corefile:3: wrong argument count .*expected tls_pin SHA256\.\.\./,
  },
  {
    title: 'a pin that is too short',
    text: block('tls_pin AAAA'),
    message:
      /^Corefile:3: invalid tls_pin 'AAAA'; expected the SHA-256 of a public key in base64 \(44 characters\)/,
  },
  {
    title: 'a pin in hexadecimal',
    text: block(`tls_pin ${'ab'.repeat(32)}`),
    message: /invalid tls_pin/,
  },
  {
    title: 'tls_pin in capitals',
    text: block(`TLS_PIN ${pin}`),
    message: /unknown property 'TLS_PIN'/,
  },
];

for (const { title, text, message } of bad) {
  test(`forward refuses ${title}`, () => {
    assert.throws(() => parseText(text), { name: 'CorefileError', message });
  });
}
