import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { parseCorefile } from '../../src/corefile/corefile.ts';
import { makeCertificate } from '../../test/kit/certificate.ts';
import { startHttpsUpstream, startTlsUpstream } from '../../test/kit/encrypted-upstream.ts';
import { addressRecord, replyTo, startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { Script } from '../../test/kit/scripted-upstream.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { until } from '../../test/kit/until.ts';
import { Rcode } from '../../src/wire/codes.ts';
import { ExtendedErrorCode, readExtendedError } from '../../src/wire/extended-error.ts';
import { withHosts } from './named-hosts.ts';
import { parse } from './parse.ts';
import { answer, clock, closedPort, rcode, silence, start } from './test-world.ts';

/** A name server that knows dns.example, by IPv4 only, for ten seconds. */
const knows =
  (...lasts: number[]): Script =>
  (query) => {
    const { name, type } = query.message.question!;
    const records = lasts.map((last) => addressRecord(name, 10, 127, 0, 0, last));
    return [replyTo(query, { answer: type === 1 ? records : [] })];
  };

/** Lets time pass in small steps, in which what is on its way over loopback arrives. */
const passUntil = (condition: () => boolean): Promise<void> =>
  until(() => {
    clock.advance(20);
    return condition();
  });

test('a host is looked up at the resolver, A and AAAA; who asks meanwhile waits for it', async () => {
  await using upstream = await startUpstream(answer);
  await using resolver = await startUpstream(knows(1));
  await using server = await start(`forward . dns.example:${upstream.port} {\nresolver ${resolver.name}\n}`);
  assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
  const asked = resolver.received.map(({ message }) => message.question!);
  assert.deepEqual(
    asked.map(({ name, type }) => `${name.toLowerCase()} ${type}`),
    ['dns.example. 1', 'dns.example. 28'],
  );
  const misses = `coredns_proxy_conn_cache_misses_total{proxy_name="forward",to="${upstream.name}",proto="udp"}`;
  assert.equal(await server.metric(misses), 1);
  assert.ok(server.lines.includes("[INFO] plugin/forward: 'dns.example' is at 127.0.0.1"));
});

test('a host that has moved is asked where it is now, once the TTL has run out', async () => {
  await using first = await startUpstream(answer);
  await using second = await startUpstream(answer, '127.0.0.2', first.port);
  await using resolver = await startUpstream(knows(1));
  await using server = await start(`forward . dns.example:${first.port} {\nresolver ${resolver.name}\n}`);
  await server.ask('www.example.org', 'A');
  resolver.script = knows(2);
  clock.advance(9999);
  await server.ask('www.example.org', 'A');
  assert.deepEqual([first.received.length, second.received.length], [2, 0]);
  clock.advance(1);
  await until(() => server.lines.some((line) => line.endsWith("'dns.example' is at 127.0.0.2")));
  await server.ask('www.example.org', 'A');
  assert.deepEqual([first.received.length, second.received.length], [2, 1]);
});

test('an address that stays keeps its connection, and one that goes answers what is in flight', async () => {
  await using first = await startUpstream(answer);
  await using _second = await startUpstream(silence, '127.0.0.2', first.port);
  await using resolver = await startUpstream(knows(1));
  await using server = await start(
    `forward . dns.example:${first.port} {\nresolver ${resolver.name}\npolicy sequential\nexpire 1m\n}`,
  );
  const isAt = (...addresses: string[]) =>
    until(() => server.lines.some((line) => line.endsWith(`is at ${addresses.join(' ')}`)));
  await server.ask('www.example.org', 'A', { protocol: 'tcp' });
  resolver.script = knows(2, 1);
  clock.advance(10_000);
  await isAt('127.0.0.1', '127.0.0.2');
  await server.ask('www.example.org', 'A', { protocol: 'tcp' });
  assert.deepEqual([first.received.length, first.connections], [2, 1]);
  first.script = silence;
  clock.advance(9000);
  const reply = server.ask('www.example.org', 'A', { protocol: 'tcp' });
  await first.queries(3);
  resolver.script = knows(2);
  clock.advance(1000);
  await isAt('127.0.0.2');
  for (const packet of answer(first.received[2]!)) first.received[2]!.answer(packet);
  assert.equal((await reply)?.rcode, Rcode.NoError);
});

for (const [title, script] of [
  ['fails', rcode(Rcode.ServerFailure)],
  ['knows the host no more', rcode(Rcode.NameError)],
] as const) {
  test(`a resolver that ${title} changes nothing`, async () => {
    await using upstream = await startUpstream(answer);
    await using resolver = await startUpstream(knows(1));
    await using server = await start(
      `forward . dns.example:${upstream.port} {\nresolver ${resolver.name}\n}`,
    );
    await server.ask('www.example.org', 'A');
    resolver.script = script;
    clock.advance(10_000);
    await until(() => server.lines.some((line) => line.includes('the last known ones go on')));
    assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
  });
}

test('while no address of a host is known, the other upstreams are asked at once', async () => {
  await using upstream = await startUpstream(answer);
  await using resolver = await startUpstream(silence);
  await using server = await start(
    `forward . dns.example ${upstream.name} {\nresolver ${resolver.name}\npolicy sequential\n}`,
  );
  assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
});

const failures: readonly { title: string; script: Script | undefined; code: number; text: RegExp }[] = [
  {
    title: 'the resolver refuses',
    script: rcode(Rcode.Refused),
    code: ExtendedErrorCode.NoReachableAuthority,
    text: /no address of dns\.example is known: 127\.0\.0\.1:\d+ answered REFUSED/,
  },
  {
    title: 'there is no such host',
    script: rcode(Rcode.NameError),
    code: ExtendedErrorCode.NoReachableAuthority,
    text: /no address of dns\.example is known: the name has no address/,
  },
  {
    title: 'nobody is at the resolver',
    script: undefined,
    code: ExtendedErrorCode.NetworkError,
    text: /connection refused/,
  },
];

for (const { title, script, code, text } of failures) {
  test(`no upstream, since ${title}: SERVFAIL that says so, one warning, and used as soon as it is known`, async () => {
    await using upstream = await startUpstream(answer);
    await using resolver = await startUpstream(script ?? silence);
    const { name } = script === undefined ? await closedPort() : resolver;
    await using server = await start(`forward . dns.example:${upstream.port} {\nresolver ${name}\n}`);
    const reply = await server.ask('www.example.org', 'A', { edns: {} });
    assert.equal(reply?.rcode, Rcode.ServerFailure);
    assert.equal(readExtendedError(reply.edns)?.code, code);
    assert.match(server.lines.at(-1)!, text);
    const begin = clock.monotonic();
    await passUntil(() => clock.monotonic() > begin + 10_000);
    assert.equal(server.lines.filter((line) => line.startsWith('[WARNING]')).length, 1);
    if (script === undefined) return;
    // At 0, and after 1, 2 and 4 seconds and what chance adds; A and AAAA.
    assert.equal(resolver.received.length, 8);
    resolver.script = knows(1);
    await passUntil(() => server.lines.some((line) => line.endsWith('can be looked up again')));
    assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
  });
}

test('a resolver that is silent holds queries up for two seconds only', async () => {
  await using resolver = await startUpstream(silence);
  await using server = await start(`forward . dns.example {\nresolver ${resolver.name}\n}`);
  const reply = server.ask('www.example.org', 'A', { edns: {} });
  await resolver.queries(2);
  clock.advance(2000);
  assert.equal((await reply)?.rcode, Rcode.ServerFailure);
});

test('a reload keeps the addresses, though the resolver is silent by now', async () => {
  await using upstream = await startUpstream(answer);
  await using resolver = await startUpstream(knows(1));
  await using server = await start(`forward . dns.example:${upstream.port} {\nresolver ${resolver.name}\n}`);
  await server.ask('www.example.org', 'A');
  resolver.script = silence;
  server.corefile = server.corefile.replace('resolver', 'max_fails 3\nresolver');
  await server.signpost.reload();
  assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
  assert.equal(resolver.received.length, 2);
  resolver.script = knows(1);
  clock.advance(10_000);
  await resolver.queries(4);
});

test('a host that is this server itself is left out', async () => {
  await using resolver = await startUpstream(knows(1));
  await using server = await start(`forward . dns.example {\nresolver ${resolver.name}\n}`);
  assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.ServerFailure);
  assert.ok(
    server.lines.includes(
      '[WARNING] plugin/forward: dns.example: 127.0.0.1 is this server itself, it is left out',
    ),
  );
});

test('a word is a file where there is one of that name, and a host where not', () => {
  const { blocks } = parseCorefile('. {\nforward . dns.example /etc/dns.example\n}', {
    file: 'Corefile',
    environment: {},
    readFile: () => '',
    warn: () => {},
    defaultPort: 53,
  });
  const [options] = parse(blocks[0]!.directives);
  assert.deepEqual(withHosts(options!).targets, [
    { kind: 'host', host: 'dns.example', port: 53 },
    { kind: 'file', path: '/etc/dns.example' },
  ]);
  const [path] = readdirSync('.');
  const file = { kind: 'file', path: path! } as const;
  assert.deepEqual(withHosts({ ...options!, targets: [file] }).targets, [file]);
});

const certificate = makeCertificate({ names: ['dns.example'] });
const servers = { tls: startTlsUpstream, https: startHttpsUpstream } as const;

for (const scheme of ['tls', 'https'] as const) {
  test(`${scheme}:// by name is warm before the first query, and its certificate must be for the name`, async (context) => {
    const folder = temporaryFolder(context, { 'ca.pem': certificate.certificate });
    await using upstream = await servers[scheme](certificate, answer);
    await using resolver = await startUpstream(knows(1));
    const line = (host: string): string =>
      `forward . ${scheme}://${host}:${upstream.port} {\nresolver ${resolver.name}\ntls ${folder.path}/ca.pem\n}`;
    await using server = await start(line('dns.example'));
    await upstream.connected(1);
    assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
    assert.deepEqual([upstream.connections, upstream.received[0]!.serverName], [1, 'dns.example']);
    await using misled = await start(line('other.example'));
    assert.equal((await misled.ask('www.example.org', 'A'))?.rcode, Rcode.ServerFailure);
    assert.equal(upstream.received.length, 1);
    await using told = await start(line('other.example%dns.example'));
    assert.equal((await told.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
    await using toldForAll = await start(line('other.example').replace('}', 'tls_servername dns.example\n}'));
    assert.equal((await toldForAll.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
  });
}

test('two hosts at one address: the certificate is checked for the one that was written last', async (context) => {
  const folder = temporaryFolder(context, { 'ca.pem': certificate.certificate });
  await using upstream = await startTlsUpstream(certificate, answer);
  let isMoved = false;
  await using resolver = await startUpstream((query) => {
    const isOld = query.message.question!.name.toLowerCase().startsWith('old.');
    return isOld || isMoved ? knows(1)(query) : knows(9)(query);
  });
  await using server = await start(
    `forward . tls://old.example:${upstream.port} tls://dns.example:${upstream.port} {\n` +
      `resolver ${resolver.name}\ntls ${folder.path}/ca.pem\npolicy sequential\n}`,
  );
  assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.ServerFailure);
  isMoved = true;
  clock.advance(10_000);
  await until(() => server.lines.some((line) => line.endsWith("'dns.example' is at 127.0.0.1")));
  assert.equal((await server.ask('www.example.org', 'A'))?.rcode, Rcode.NoError);
});
