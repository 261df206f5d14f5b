import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlugin } from '../../test/kit/parse.ts';
import { cache } from './index.ts';
import type { CacheOptions } from './options.ts';

const block = (lines: string): string => `cache {\n${lines}\n}`;

const good: readonly { title: string; text: string; zones?: string; expected: Partial<CacheOptions> }[] = [
  {
    title: 'the defaults',
    text: 'cache',
    zones: 'example.org example.net:54',
    expected: {
      zones: ['example.org.', 'example.net.'],
      success: { capacity: 9984, ttl: 3600, minimumTtl: 5 },
      denial: { capacity: 9984, ttl: 1800, minimumTtl: 5 },
      prefetch: { amount: 0, within: 60_000, percentage: 10 },
      stale: undefined,
      preferPositive: false,
      serverFailure: 5000,
      disabledSuccess: [],
      disabledDenial: [],
      keepTtl: false,
      maximumBytes: undefined,
    },
  },
  {
    title: 'a TTL for both kinds',
    text: 'cache 30',
    expected: {
      zones: ['.'],
      success: { capacity: 9984, ttl: 30, minimumTtl: 5 },
      denial: { capacity: 9984, ttl: 30, minimumTtl: 5 },
    },
  },
  {
    title: 'a TTL and zones',
    text: 'cache 30 Example.org 10.0.0.0/8',
    expected: { zones: ['example.org.', '10.in-addr.arpa.'] },
  },
  { title: 'zones alone', text: 'cache example.org', expected: { zones: ['example.org.'] } },
  {
    title: 'capacities, rounded as CoreDNS does',
    text: block('success 5000\ndenial 1'),
    expected: {
      success: { capacity: 4864, ttl: 3600, minimumTtl: 5 },
      denial: { capacity: 1024, ttl: 1800, minimumTtl: 5 },
    },
  },
  {
    title: 'TTLs of a kind',
    text: block('success 1024 60 0\ndenial 2048 20 10'),
    expected: {
      success: { capacity: 1024, ttl: 60, minimumTtl: 0 },
      denial: { capacity: 2048, ttl: 20, minimumTtl: 10 },
    },
  },
  {
    title: 'prefetch alone',
    text: block('prefetch 10'),
    expected: { prefetch: { amount: 10, within: 60_000, percentage: 10 } },
  },
  {
    title: 'prefetch in full',
    text: block('prefetch 10 2m 25%'),
    expected: { prefetch: { amount: 10, within: 120_000, percentage: 25 } },
  },
  {
    title: 'serve_stale alone',
    text: block('serve_stale'),
    expected: { stale: { within: 3600, mode: 'immediate', ttl: 0, timeout: 0, recheck: 0 } },
  },
  {
    title: 'serve_stale immediate',
    text: block('serve_stale 2h IMMEDIATE 30s 1m'),
    expected: { stale: { within: 7200, mode: 'immediate', ttl: 30, timeout: 0, recheck: 60_000 } },
  },
  {
    title: 'serve_stale verify',
    text: block('serve_stale 1m verify 300ms 30 5m'),
    expected: { stale: { within: 60, mode: 'verify', ttl: 30, timeout: 300, recheck: 300_000 } },
  },
  {
    title: 'serve_stale refresh: the times of RFC 8767',
    text: block('serve_stale 24h refresh'),
    expected: { stale: { within: 86_400, mode: 'refresh', ttl: 30, timeout: 1800, recheck: 30_000 } },
  },
  {
    title: 'serve_stale refresh with all its times',
    text: block('serve_stale 1h refresh 500ms 10 1m'),
    expected: { stale: { within: 3600, mode: 'refresh', ttl: 10, timeout: 500, recheck: 60_000 } },
  },
  {
    title: 'serve_stale_policy',
    text: block('serve_stale_policy prefer_positive\nserve_stale'),
    expected: { preferPositive: true },
  },
  { title: 'servfail', text: block('servfail 0'), expected: { serverFailure: 0 } },
  {
    title: 'disable',
    text: block('disable success Example.org\ndisable denial'),
    expected: { disabledSuccess: ['example.org.'], disabledDenial: ['.'] },
  },
  {
    title: 'disable twice: the later counts',
    text: block('disable success a.example\ndisable success b.example'),
    expected: { disabledSuccess: ['b.example.'] },
  },
  { title: 'keepttl', text: block('keepttl'), expected: { keepTtl: true } },
  { title: 'max_bytes', text: block('max_bytes 1048576'), expected: { maximumBytes: 1_048_576 } },
  { title: 'max_bytes in Mi', text: block('max_bytes 64Mi'), expected: { maximumBytes: 67_108_864 } },
  { title: 'max_bytes in G', text: block('max_bytes 1G'), expected: { maximumBytes: 1e9 } },
];

for (const { title, text, zones = '.', expected } of good) {
  test(`cache takes ${title}`, () => {
    const options = parsePlugin(cache, text, zones);
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(options[key as keyof CacheOptions], value, key);
  });
}

const bad: readonly { title: string; text: string; message: RegExp }[] = [
  {
    title: 'a second line',
    text: 'cache\ncache',
    message: /^Corefile:3: this plugin can only be used once per Server Block/,
  },
  { title: 'a TTL of 0', text: 'cache 0', message: /TTL can not be zero or negative: 0/ },
  { title: 'a negative TTL', text: 'cache -1', message: /TTL can not be zero or negative: -1/ },
  {
    title: 'an unknown property',
    text: block('sucess 10'),
    message: /^Corefile:3: unknown property 'sucess'; did you mean 'success'/,
  },
  { title: 'success alone', text: block('success'), message: /wrong argument count/ },
  { title: 'a capacity that is no number', text: block('success many'), message: /invalid success 'many'/ },
  {
    title: 'a success TTL of 0',
    text: block('success 10 0'),
    message: /success TTL can not be zero or negative/,
  },
  { title: 'a negative MINTTL', text: block('denial 10 10 -1'), message: /invalid denial '-1'/ },
  { title: 'a denial TTL that is a duration', text: block('denial 10 10s'), message: /invalid denial '10s'/ },
  { title: 'too many words of success', text: block('success 1 2 3 4'), message: /wrong argument count/ },
  { title: 'prefetch alone', text: block('prefetch'), message: /wrong argument count/ },
  { title: 'a negative prefetch', text: block('prefetch -1'), message: /invalid prefetch '-1'/ },
  { title: 'a bad prefetch duration', text: block('prefetch 1 10'), message: /invalid prefetch '10'/ },
  {
    title: 'a percentage without %',
    text: block('prefetch 1 1m 20'),
    message: /last character of percentage should be '%'/,
  },
  {
    title: 'a percentage below 10',
    text: block('prefetch 1 1m 9%'),
    message: /invalid prefetch '9'; expected a whole number from 10 to 90/,
  },
  { title: 'a percentage over 90', text: block('prefetch 1 1m 91%'), message: /invalid prefetch '91'/ },
  { title: 'a negative serve_stale', text: block('serve_stale -1m'), message: /invalid serve_stale '-1m'/ },
  { title: 'a serve_stale without unit', text: block('serve_stale 20'), message: /invalid serve_stale '20'/ },
  {
    title: 'an unknown refresh mode',
    text: block('serve_stale 1h later'),
    message: /invalid serve_stale 'later'.*expected one of immediate, verify, refresh/,
  },
  {
    title: 'a broken stale TTL',
    text: block('serve_stale 1h immediate 1500ms'),
    message: /expected whole seconds/,
  },
  {
    title: 'a RECHECK over 5m',
    text: block('serve_stale 1h immediate 0s 6m'),
    message: /invalid serve_stale '6m'/,
  },
  {
    title: 'a negative TIMEOUT',
    text: block('serve_stale 1h verify -1s'),
    message: /invalid serve_stale '-1s'/,
  },
  {
    title: 'too many words for immediate',
    text: block('serve_stale 1h immediate 0s 1m 1m'),
    message: /wrong argument count/,
  },
  {
    title: 'too many words for verify',
    text: block('serve_stale 1h verify 1s 0s 1m 1m'),
    message: /wrong argument count/,
  },
  {
    title: 'serve_stale_policy without serve_stale',
    text: block('serve_stale_policy prefer_positive'),
    message: /^Corefile:3: serve_stale_policy needs serve_stale/,
  },
  {
    title: 'serve_stale_policy twice',
    text: block('serve_stale\nserve_stale_policy prefer_positive\nserve_stale_policy prefer_positive'),
    message: /^Corefile:5: .*once/,
  },
  {
    title: 'an unknown serve_stale_policy',
    text: block('serve_stale\nserve_stale_policy best'),
    message: /expected one of prefer_positive/,
  },
  { title: 'servfail alone', text: block('servfail'), message: /wrong argument count/ },
  { title: 'a negative servfail', text: block('servfail -1s'), message: /invalid servfail '-1s'/ },
  { title: 'a servfail over 5m', text: block('servfail 301s'), message: /invalid servfail '301s'/ },
  { title: 'disable alone', text: block('disable'), message: /wrong argument count/ },
  { title: 'disable of something else', text: block('disable errors'), message: /invalid disable 'errors'/ },
  { title: 'max_bytes alone', text: block('max_bytes'), message: /wrong argument count.*max_bytes SIZE/ },
  {
    title: 'too small a max_bytes',
    text: block('max_bytes 1000k'),
    message: /of at least 1Mi, such as 64Mi/,
  },
  { title: 'an unknown unit', text: block('max_bytes 64MB'), message: /invalid max_bytes '64MB'/ },
  { title: 'max_bytes without number', text: block('max_bytes Mi'), message: /invalid max_bytes 'Mi'/ },
  { title: 'keepttl with an argument', text: block('keepttl yes'), message: /wrong argument count/ },
];

for (const { title, text, message } of bad) {
  test(`cache refuses ${title}`, () => {
    assert.throws(() => parsePlugin(cache, text), { name: 'CorefileError', message });
  });
}
