import assert from 'node:assert/strict';
import { test } from 'node:test';
import { causeOf } from './cause.ts';
import type { Evidence, Upstream } from './cause.ts';

const file = '/etc/resolv.conf';
const rows: readonly {
  readonly title: string;
  readonly upstream: Upstream;
  readonly cause: RegExp;
  readonly changes?: Partial<Evidence>;
}[] = [
  {
    title: 'systemd-resolved’s stub',
    upstream: { address: '127.0.0.53', port: 53, file },
    cause:
      /^the upstream 127\.0\.0\.53:53 of \/etc\/resolv\.conf is the stub of systemd-resolved.*forward to \/run\/systemd\/resolve\/resolv\.conf/,
  },
  {
    title: 'the listener that was asked',
    upstream: { address: '127.0.0.1', port: 1053 },
    changes: { listener: { address: '127.0.0.1', port: 1053 } },
    cause: /^the upstream 127\.0\.0\.1:1053 is this server itself$/,
  },
  {
    title: 'a server that is bound to the stub’s address',
    upstream: { address: '127.0.0.53', port: 53 },
    changes: { listener: { address: '127.0.0.53', port: 53 } },
    cause: /^the upstream 127\.0\.0\.53:53 is this server itself$/,
  },
  {
    title: 'another address of the machine',
    upstream: { address: '192.0.2.7', port: 53, file },
    cause: /^the upstream 192\.0\.2\.7:53 of \/etc\/resolv\.conf is this server itself$/,
  },
  {
    title: 'an own IPv6 address',
    upstream: { address: '::1', port: 53 },
    cause: /^the upstream \[::1\]:53 is this server itself$/,
  },
  {
    title: 'another port of the machine',
    upstream: { address: '127.0.0.1', port: 5353 },
    cause: /^the upstream 127\.0\.0\.1:5353 asks this server in turn$/,
  },
  {
    title: 'somebody else',
    upstream: { address: '198.51.100.1', port: 53 },
    changes: { sender: '198.51.100.9' },
    cause: /^the upstream 198\.51\.100\.1:53 leads back: 198\.51\.100\.9 asks this server in turn$/,
  },
  {
    title: 'a resolver beside, by way of somebody else',
    upstream: { address: '198.51.100.1', port: 53 },
    changes: { sender: '192.0.2.7' },
    cause:
      /^the upstream 198\.51\.100\.1:53 leads back: a resolver on this machine asks this server in turn$/,
  },
];
for (const { title, upstream, changes, cause } of rows) {
  test(`the cause of a loop: ${title}`, () => {
    const evidence = {
      sender: '127.0.0.1',
      listener: { address: '127.0.0.1', port: 53 },
      ownAddresses: ['192.0.2.7'],
      upstream,
      ...changes,
    };
    assert.match(causeOf(evidence), cause);
  });
}
