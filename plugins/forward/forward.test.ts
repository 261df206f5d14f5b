import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import { addressRecord, replyTo, startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { Script } from '../../test/kit/scripted-upstream.ts';
import { answer, clock, closedPort, loopbackDelivered, rcode, record, silence, start } from './test-world.ts';

test('the query goes up as it came, the reply comes down as it is', async () => {
  const extra = addressRecord('extra.example.', 5, 192, 0, 2, 8);
  await using upstream = await startUpstream((query) => [
    replyTo(query, {
      answer: [record],
      authority: [extra],
      additional: [extra],
      flags: HeaderFlag.RA | HeaderFlag.AA | HeaderFlag.AD,
    }),
  ]);
  await using server = await start(`forward . ${upstream.name}`);
  const flags = HeaderFlag.RD | HeaderFlag.CD | HeaderFlag.AD;
  const options = Uint8Array.of(0, 8, 0, 4, 0, 1, 0, 0);
  const reply = await server.ask('wWw.Example.org', 'A', { flags, edns: { dnssecOk: true, options } });
  const { message } = upstream.received[0]!;
  assert.deepEqual(message.question, { name: 'wWw.Example.org.', type: 1, class: 1 });
  assert.equal(message.flags, flags);
  assert.deepEqual(message.edns, { udpSize: 1232, version: 0, dnssecOk: true, options });
  assert.equal(reply!.flags, HeaderFlag.QR | flags | HeaderFlag.RA | HeaderFlag.AA);
  assert.deepEqual([reply!.answer, reply!.authority, reply!.additional], [[record], [extra], [extra]]);
});

const protocols: readonly { title: string; lines: string; client: 'udp' | 'tcp'; expected: string[] }[] = [
  {
    title: 'UDP goes up as UDP, and TC is asked again by TCP',
    lines: '',
    client: 'udp',
    expected: ['udp', 'tcp'],
  },
  { title: 'TCP goes up as TCP', lines: '', client: 'tcp', expected: ['tcp'] },
  { title: 'force_tcp', lines: 'force_tcp', client: 'udp', expected: ['tcp'] },
  {
    title: 'force_tcp wins over prefer_udp',
    lines: 'prefer_udp\nforce_tcp',
    client: 'udp',
    expected: ['tcp'],
  },
  {
    title: 'prefer_udp, and TC is asked again by TCP',
    lines: 'prefer_udp',
    client: 'tcp',
    expected: ['udp', 'tcp'],
  },
];

for (const { title, lines, client, expected } of protocols) {
  test(`protocol: ${title}`, async () => {
    await using upstream = await startUpstream((query) => [
      query.protocol === 'udp'
        ? replyTo(query, { flags: HeaderFlag.TC })
        : replyTo(query, { answer: [record] }),
    ]);
    await using server = await start(`forward . ${upstream.name} {\n${lines}\n}`);
    const reply = await server.ask('www.example.org', 'A', { protocol: client });
    assert.deepEqual(
      upstream.received.map(({ protocol }) => protocol),
      expected,
    );
    const whole = expected.at(-1) === 'tcp';
    assert.equal(reply!.answer.length, whole ? 1 : 0);
    assert.equal((reply!.flags & HeaderFlag.TC) === 0, whole);
  });
}

const routes: readonly { title: string; name: string; goesTo: 'first' | 'second' | 'next' }[] = [
  { title: 'the zone itself', name: 'example.org', goesTo: 'first' },
  { title: 'a name below, in any case', name: 'WWW.example.ORG', goesTo: 'first' },
  { title: 'a name that all lines except', name: 'a.internal.example.org', goesTo: 'next' },
  { title: 'a name that only ends alike', name: 'notexample.org', goesTo: 'next' },
  { title: 'except does not count for FROM itself', name: 'internal.example.org', goesTo: 'second' },
];

for (const { title, name, goesTo } of routes) {
  test(`lines: ${title}`, async () => {
    await using first = await startUpstream(answer);
    await using second = await startUpstream(answer);
    await using server = await start(
      `forward example.org ${first.name} {\nexcept internal.example.org\n}\n` +
        `forward internal.example.org ${second.name} {\nexcept internal.example.org\n}`,
    );
    const reply = await server.ask(name, 'A');
    const got = first.received.length > 0 ? 'first' : second.received.length > 0 ? 'second' : 'next';
    assert.equal(got, goesTo);
    assert.equal(reply!.rcode, goesTo === 'next' ? Rcode.NotAuth : Rcode.NoError);
  });
}

const handOvers: readonly { title: string; property: string; script: Script; goesOn: boolean }[] = [
  { title: 'next on its rcode', property: 'next NXDOMAIN', script: rcode(3), goesOn: true },
  { title: 'not next on another', property: 'next NXDOMAIN', script: rcode(5), goesOn: false },
  { title: 'next_on_nodata on NODATA', property: 'next_on_nodata', script: rcode(0), goesOn: true },
  { title: 'not next_on_nodata on an answer', property: 'next_on_nodata', script: answer, goesOn: false },
  { title: 'not next_on_nodata on NXDOMAIN', property: 'next_on_nodata', script: rcode(3), goesOn: false },
];

for (const { title, property, script, goesOn } of handOvers) {
  test(`hand over: ${title}`, async () => {
    await using first = await startUpstream(script);
    await using second = await startUpstream(rcode(9));
    await using server = await start(`forward . ${first.name} {\n${property}\n}\nforward . ${second.name}`);
    await server.ask('www.example.org', 'A');
    assert.equal(second.received.length, goesOn ? 1 : 0);
  });
}

test('hand over: without another line the reply is sent, not left to the next plugin', async () => {
  await using upstream = await startUpstream(rcode(3));
  await using server = await start(`forward . ${upstream.name} {\nnext NXDOMAIN\n}`);
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.NameError);
});

test('a closed port: the next upstream answers, without waiting', async () => {
  const closed = await closedPort();
  await using good = await startUpstream(answer);
  await using server = await start(`forward . ${closed.name} ${good.name} {\npolicy sequential\n}`);
  assert.equal((await server.ask('www.example.org', 'A'))!.answer.length, 1);
});

test('nobody answers: SERVFAIL with the error, after two attempts per upstream', async () => {
  const closed = await closedPort();
  await using server = await start(`forward . ${closed.name}`);
  assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.ServerFailure);
  assert.match(server.lines.at(-1)!, /\[ERROR\] plugin\/errors: read udp .*: connection refused$/);
});

test('silence: after read_timeout the next upstream is asked', async () => {
  await using silent = await startUpstream(silence);
  await using good = await startUpstream(answer);
  await using server = await start(
    `forward . ${silent.name} ${good.name} {\npolicy sequential\nread_timeout 300ms\n}`,
  );
  const reply = server.ask('www.example.org', 'A');
  await silent.queries(1);
  clock.advance(300);
  assert.equal((await reply)!.answer.length, 1);
});

test('a truncated reply is better than none: it stands when TCP fails', async () => {
  await using upstream = await startUpstream((query) => {
    if (query.protocol === 'tcp') query.hangUp();
    return query.protocol === 'udp' ? [replyTo(query, { flags: HeaderFlag.TC })] : [];
  });
  await using server = await start(`forward . ${upstream.name}`);
  const reply = await server.ask('www.example.org', 'A');
  assert.deepEqual([reply!.rcode, reply!.flags & HeaderFlag.TC], [Rcode.NoError, HeaderFlag.TC]);
  assert.equal(upstream.received.length, 2, 'TCP is tried once');
});

test('silence everywhere ends at the deadline of 5 s', async () => {
  await using silent = await startUpstream(silence);
  await using server = await start(`forward . ${silent.name} {\nmax_connect_attempts 0\nmax_fails 0\n}`);
  const reply = server.ask('www.example.org', 'A');
  for (const [count, wait] of [
    [1, 2000],
    [2, 2000],
    [3, 1000],
  ] as const) {
    await silent.queries(count);
    clock.advance(wait);
  }
  assert.equal((await reply)!.rcode, Rcode.ServerFailure);
  assert.match(server.lines.at(-1)!, /i\/o timeout$/);
  assert.equal(silent.received.length, 3);
});

const wrongReplies: readonly { title: string; script: Script; expected: number }[] = [
  {
    title: 'a wrong id is ignored',
    script: (query) => [replyTo(query, { id: query.message.id ^ 1, rcode: 5 }), ...answer(query)],
    expected: Rcode.NoError,
  },
  {
    title: 'a wrong question by TCP is FORMERR',
    script: (query) => [replyTo(query, { question: { name: 'other.', type: 1, class: 1 } })],
    expected: Rcode.FormatError,
  },
  {
    title: 'a wrong class by TCP is FORMERR',
    script: (query) => [replyTo(query, { question: { ...query.message.question!, class: 3 } })],
    expected: Rcode.FormatError,
  },
];

for (const { title, script, expected } of wrongReplies) {
  test(`replies: ${title}`, async () => {
    await using upstream = await startUpstream(script);
    await using server = await start(`forward . ${upstream.name} {\nforce_tcp\n}`);
    assert.equal((await server.ask('www.example.org', 'A'))!.rcode, expected);
  });
}

test('replies: a wrong question by UDP is FORMERR when no other reply comes', async () => {
  await using upstream = await startUpstream((query) => [
    replyTo(query, { question: { name: 'other.', type: 1, class: 1 } }),
  ]);
  await using server = await start(`forward . ${upstream.name}`);
  const reply = server.ask('www.example.org', 'A');
  await upstream.queries(1);
  await loopbackDelivered(upstream);
  clock.advance(2000);
  assert.equal((await reply)!.rcode, Rcode.FormatError);
});

test('metrics: durations by upstream and rcode, connections by protocol', async () => {
  await using upstream = await startUpstream(answer);
  await using server = await start(`forward . ${upstream.name}`);
  await server.ask('www.example.org', 'A');
  await server.ask('www.example.org', 'A');
  const labels = `proxy_name="forward",to="${upstream.name}"`;
  assert.equal(
    await server.metric(`coredns_proxy_request_duration_seconds_count{${labels},rcode="NOERROR"}`),
    2,
  );
  for (const how of [1, 2, 3]) await server.ask(`n${how}.example.org`, 'A', { protocol: 'tcp' });
  assert.equal(await server.metric(`coredns_proxy_conn_cache_misses_total{${labels},proto="udp"}`), 2);
  assert.equal(await server.metric(`coredns_proxy_conn_cache_misses_total{${labels},proto="tcp"}`), 1);
  assert.equal(await server.metric(`coredns_proxy_conn_cache_hits_total{${labels},proto="tcp"}`), 2);
  assert.equal(await server.metric('coredns_forward_max_concurrent_rejects_total'), 0);
});

test('a query of another class gets through', async () => {
  await using upstream = await startUpstream(answer);
  await using server = await start(`forward . ${upstream.name}`);
  await server.ask('version.bind', 'TXT', { class: 'CH' });
  assert.equal(upstream.received[0]!.message.question!.class, 3);
});

const files: readonly { title: string; text: string | undefined; warning: RegExp }[] = [
  { title: 'a missing file', text: undefined, warning: /cannot read .*resolv\.conf: there is no such file/ },
  {
    title: 'a file that names no server',
    text: 'search example.org\n',
    warning: /resolv\.conf names no server/,
  },
  {
    title: 'a file that names only this server',
    text: 'nameserver 127.0.0.1\n',
    warning: /127\.0\.0\.1 is this server itself/,
  },
];

for (const { title, text, warning } of files) {
  test(`resolv.conf: ${title} costs a warning, and queries get SERVFAIL`, async (context) => {
    const directory = mkdtempSync(join(tmpdir(), 'signpost-forward-'));
    context.after(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'resolv.conf');
    if (text !== undefined) writeFileSync(path, text);
    await using server = await start(`forward . ${path}`);
    assert.ok(
      server.lines.some((line) => line.startsWith('[WARNING] plugin/forward: ') && warning.test(line)),
      server.lines.join('\n'),
    );
    assert.equal((await server.ask('www.example.org', 'A'))!.rcode, Rcode.ServerFailure);
    assert.match(server.lines.at(-1)!, /no upstream is known/);
  });
}

test('a TO that is neither address, file nor host is refused', async () => {
  await assert.rejects(
    start('forward . 192.0.2.256'),
    /Corefile:3: .*not an IP address or file: '192\.0\.2\.256'; nor is it the name of a host/,
  );
});

test('a query in flight is answered though its configuration has ended', async () => {
  await using upstream = await startUpstream(silence);
  await using server = await start(`forward . ${upstream.name}`);
  const reply = server.ask('www.example.org', 'A');
  await upstream.queries(1);
  await server.signpost.reload();
  const received = upstream.received[0]!;
  for (const packet of answer(received)) received.answer(packet);
  assert.equal((await reply)!.rcode, Rcode.NoError);
});
