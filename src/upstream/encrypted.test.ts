import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { makeCertificate } from '../../test/kit/certificate.ts';
import { certificate, connectTo } from '../../test/kit/encrypted-client.ts';
import { startHttpsUpstream, startTlsUpstream } from '../../test/kit/encrypted-upstream.ts';
import type { EncryptedUpstream } from '../../test/kit/encrypted-upstream.ts';
import { addressRecord, replyTo } from '../../test/kit/scripted-upstream.ts';
import type { ReceivedQuery, Script } from '../../test/kit/scripted-upstream.ts';
import { HeaderFlag, OptionCode, RecordClass, RecordType } from '../wire/codes.ts';
import { readOptions } from '../wire/edns.ts';
import { publicKeyPin } from './encryption.ts';
import type { UpstreamQuery } from './upstream.ts';

const record = addressRecord('Www.Example.org.', 60, 192, 0, 2, 7);
const query: UpstreamQuery = {
  flags: HeaderFlag.RD | HeaderFlag.CD,
  question: { name: 'Www.Example.org.', type: RecordType.A, class: RecordClass.IN },
  edns: { udpSize: 1400, version: 0, dnssecOk: true, options: Uint8Array.of(0, 10, 0, 2, 1, 2) },
};
const answer: Script = (received) => [replyTo(received, { answer: [record] })];
const servers = { tls: startTlsUpstream, https: startHttpsUpstream } as const;
const labels = { tls: 'tcp-tls', https: 'https' } as const;
const schemes = ['tls', 'https'] as const;

/** Resolves once no connection to the server is left that was not closed by now. */
function closed(server: EncryptedUpstream): Promise<void> {
  server.hangUp();
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

for (const scheme of schemes) {
  test(`${scheme}: the query arrives but for its padding, and the reply comes back whole`, async () => {
    await using server = await servers[scheme](certificate, answer);
    using world = connectTo(server, { scheme });
    for (const protocol of ['udp', 'tcp'] as const) {
      const message = await world.upstream.ask(query, protocol, 2000);
      assert.deepEqual(message.answer, [record]);
    }
    const [{ message: seen, packet, alpn, version, serverName }] = server.received as [
      (typeof server.received)[0],
    ];
    assert.deepEqual(seen.question, query.question);
    assert.equal(seen.flags, query.flags);
    assert.equal(seen.edns?.udpSize, 1400);
    assert.equal(seen.edns.dnssecOk, true);
    assert.deepEqual(
      readOptions(seen.edns.options).map(({ code }) => code),
      [10, OptionCode.Padding],
    );
    assert.equal(packet.length, 128);
    assert.equal(version, 'TLSv1.3');
    assert.ok(!serverName, 'an address is no server name');
    if (scheme === 'https') assert.equal(alpn, 'h2');
    assert.deepEqual(world.uses, [`${labels[scheme]} new`, `${labels[scheme]} reused`]);
    assert.equal(server.connections, 1);
  });

  test(`${scheme}: many queries share one connection and are answered in any order`, async () => {
    const waiting: ReceivedQuery[] = [];
    await using server = await servers[scheme](certificate, answer);
    using world = connectTo(server, { scheme }, { maximumIdle: 1 });
    await world.upstream.ask(query, 'udp', 2000);
    server.script = (received) => {
      waiting.push(received);
      return [];
    };
    const names = Array.from({ length: 60 }, (_, index) => `n${index}.example.`);
    const replies = names.map((name) =>
      world.upstream.ask({ ...query, question: { ...query.question, name } }, 'udp', 2000),
    );
    await server.queries(61);
    assert.equal(server.connections, scheme === 'tls' ? 8 : 2);
    for (const received of waiting.toReversed()) received.answer(replyTo(received));
    const messages = await Promise.all(replies);
    assert.deepEqual(
      messages.map(({ question }) => question?.name),
      names,
    );
  });

  test(`${scheme}: the server's name is asked for and checked`, async () => {
    await using server = await servers[scheme](certificate, answer);
    using right = connectTo(server, { scheme, serverName: 'dns.example' });
    await right.upstream.ask(query, 'udp', 2000);
    assert.equal(server.received[0]!.serverName, 'dns.example');
    using wrong = connectTo(server, { scheme, serverName: 'other.example' });
    await assert.rejects(wrong.upstream.ask(query, 'udp', 2000), {
      kind: 'network',
      message: /other\.example.*not in the cert/,
    });
    assert.equal(server.received.length, 1, 'the wrong server sees no query');
  });

  test(`${scheme}: a certificate that nobody we trust has signed is refused before the query is sent`, async () => {
    const other = makeCertificate({ names: ['127.0.0.1'] });
    await using server = await servers[scheme](other, answer);
    using world = connectTo(server, { scheme });
    await assert.rejects(world.upstream.ask(query, 'udp', 2000), {
      kind: 'network',
      message: /tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
    });
    assert.equal(server.received.length, 0);
  });

  test(`${scheme}: an expired certificate is refused`, async () => {
    const old = makeCertificate({
      names: ['127.0.0.1'],
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-01-01'),
    });
    await using server = await servers[scheme](old, answer);
    const context = createSecureContext({ ca: old.certificate });
    using world = connectTo(server, { scheme, context });
    await assert.rejects(world.upstream.ask(query, 'udp', 2000), {
      message: /certificate has expired or is not yet valid$/,
    });
    assert.equal(server.received.length, 0);
  });

  test(`${scheme}: a pin must be that of the server's key`, async () => {
    await using server = await servers[scheme](certificate, answer);
    const pin = publicKeyPin(new X509Certificate(certificate.certificate).raw);
    const other = Buffer.alloc(32, 7).toString('base64');
    using right = connectTo(server, { scheme, pins: [other, pin] });
    await right.upstream.ask(query, 'udp', 2000);
    using wrong = connectTo(server, { scheme, pins: [other] });
    await assert.rejects(wrong.upstream.ask(query, 'udp', 2000), {
      message: new RegExp(`no tls_pin is for the server's key: ${pin.replaceAll('+', '\\+')}$`),
    });
    assert.equal(server.received.length, 1);
  });

  test(`${scheme}: silence is an i/o timeout, and the connection is not used again`, async () => {
    await using server = await servers[scheme](certificate, () => []);
    using world = connectTo(server, { scheme });
    const reply = world.upstream.ask(query, 'udp', 2000);
    await server.queries(1);
    world.clock.advance(2000);
    await assert.rejects(reply, { kind: 'timeout', message: /i\/o timeout$/ });
    server.script = answer;
    await world.upstream.ask(query, 'udp', 2000);
    assert.notEqual(server.received[0]!.port, server.received[1]!.port);
  });

  test(`${scheme}: a closed port is an error at once`, async () => {
    const server = await servers[scheme](certificate, answer);
    await server.close();
    using world = connectTo(server, { scheme });
    await assert.rejects(world.upstream.ask(query, 'udp', 2000), {
      kind: 'network',
      message: /connection refused$/,
    });
  });

  test(`${scheme}: a kept connection that the server closes while we ask is replaced, the session resumed`, async () => {
    await using server = await servers[scheme](certificate, answer);
    using world = connectTo(server, { scheme });
    await world.upstream.ask(query, 'udp', 2000);
    server.script = (received) => {
      server.script = answer;
      received.hangUp();
      return [];
    };
    const message = await world.upstream.ask(query, 'udp', 2000);
    assert.deepEqual(message.answer, [record]);
    assert.deepEqual(
      server.received.map(({ resumed }) => resumed),
      [false, false, true],
    );
  });

  test(`${scheme}: a connection is ready before the first query`, async () => {
    await using server = await servers[scheme](certificate, answer);
    using world = connectTo(server, { scheme });
    world.upstream.warm();
    await server.connected(1);
    assert.equal(server.received.length, 0);
    await world.upstream.ask(query, 'udp', 2000);
    assert.deepEqual(world.uses, [`${labels[scheme]} reused`]);
    assert.equal(server.connections, 1);
  });

  test(`${scheme}: a connection is opened anew for a minute after the last query, then no more`, async () => {
    await using server = await servers[scheme](certificate, answer);
    using world = connectTo(server, { scheme });
    await world.upstream.ask(query, 'udp', 2000);
    for (let count = 2; count < 8; count++) {
      world.clock.advance(10_000);
      if (count < 7) await server.connected(count);
    }
    await closed(server);
    assert.equal(server.connections, 6);
  });

  test(`${scheme}: close lets what is in flight end`, async () => {
    await using server = await servers[scheme](certificate, () => []);
    using world = connectTo(server, { scheme });
    const reply = world.upstream.ask(query, 'udp', 2000);
    await server.queries(1);
    world.upstream.close();
    for (const packet of answer(server.received[0]!)) server.received[0]!.answer(packet);
    assert.deepEqual((await reply).answer, [record]);
    assert.equal(world.clock.pending, 0);
  });

  test(`${scheme}: a client without EDNS gets no OPT, and its query is padded all the same`, async () => {
    await using server = await servers[scheme](certificate, (received) => [
      replyTo(received, { answer: [record], edns: { ...query.edns!, options: new Uint8Array(0) } }),
    ]);
    using world = connectTo(server, { scheme });
    const message = await world.upstream.ask({ ...query, edns: undefined }, 'udp', 2000);
    assert.equal(message.edns, undefined);
    assert.equal(server.received[0]!.packet.length, 128);
  });

  test(`${scheme}: a reply that padding leaves no room for is asked for without`, async () => {
    await using server = await servers[scheme](certificate, (received) => {
      const options = received.message.edns === undefined ? [] : readOptions(received.message.edns.options);
      const isPadded = options.some(({ code }) => code === OptionCode.Padding);
      return isPadded ? [replyTo(received, { flags: HeaderFlag.TC })] : answer(received);
    });
    using world = connectTo(server, { scheme });
    for (const asked of [query, { ...query, edns: undefined }]) {
      const message = await world.upstream.ask(asked, 'udp', 2000);
      assert.deepEqual([message.flags & HeaderFlag.TC, message.answer], [0, [record]]);
      assert.deepEqual(server.received.at(-1)!.message.edns, asked.edns);
    }
    assert.equal(server.received.length, 4);
  });

  test(`${scheme}: a server that refuses EDNS is asked without it`, async () => {
    await using server = await servers[scheme](certificate, (received) =>
      received.message.edns === undefined ? answer(received) : [replyTo(received, { rcode: 1 })],
    );
    using world = connectTo(server, { scheme });
    for (let round = 0; round < 2; round++) {
      const message = await world.upstream.ask({ ...query, edns: undefined }, 'udp', 2000);
      assert.deepEqual(message.answer, [record]);
    }
    assert.equal(server.received.length, 3, 'the second time it is known');
    assert.equal((await world.upstream.ask(query, 'udp', 2000)).rcode, 1);
  });
}

test('tls: a server whose list of protocols lacks dot is asked without a protocol', async () => {
  await using server = await startTlsUpstream(certificate, answer, { protocols: ['h2'] });
  using world = connectTo(server, { scheme: 'tls' });
  await assert.rejects(world.upstream.ask(query, 'udp', 2000), { kind: 'network' });
  assert.deepEqual((await world.upstream.ask(query, 'udp', 2000)).answer, [record]);
});

test('tls: dot is the protocol', async () => {
  await using server = await startTlsUpstream(certificate, answer, { protocols: ['dot'] });
  using world = connectTo(server, { scheme: 'tls' });
  await world.upstream.ask(query, 'udp', 2000);
  assert.equal(server.received[0]!.alpn, 'dot');
});

test('tls: our own certificate is shown to a server that asks for one', async () => {
  await using server = await startTlsUpstream(certificate, answer, {
    clientAuthority: certificate.certificate,
  });
  using without = connectTo(server, { scheme: 'tls' });
  await assert.rejects(without.upstream.ask(query, 'udp', 2000), { kind: 'network' });
  const { certificate: cert, key } = certificate;
  using shown = connectTo(server, { scheme: 'tls', context: createSecureContext({ ca: cert, cert, key }) });
  assert.deepEqual((await shown.upstream.ask(query, 'udp', 2000)).answer, [record]);
});

test('tls: a reply of 60,000 bytes comes back whole', async () => {
  const records = Array.from({ length: 2000 }, (_, index) =>
    addressRecord('a.example.', 1, 10, 0, index >> 8, index & 255),
  );
  for (const scheme of schemes) {
    await using server = await servers[scheme](certificate, (received) => [
      replyTo(received, { answer: records }),
    ]);
    using world = connectTo(server, { scheme });
    assert.equal((await world.upstream.ask(query, 'udp', 2000)).answer.length, 2000);
  }
});

for (const method of ['GET', 'POST'] as const) {
  test(`https: ${method} is what doh_method says, with id 0 and the server's name`, async () => {
    await using server = await startHttpsUpstream(certificate, answer);
    using world = connectTo(server, { scheme: 'https', method, serverName: 'dns.example' });
    await world.upstream.ask(query, 'udp', 2000);
    const { headers, message } = server.received[0]!;
    assert.equal(headers?.[':method'], method);
    assert.equal(headers[':authority'], `dns.example:${server.port}`);
    assert.equal(
      (headers[':path'] as string).split('=')[0],
      method === 'GET' ? '/dns-query?dns' : '/dns-query',
    );
    assert.equal(headers['accept'], 'application/dns-message');
    assert.equal(headers['content-type'], method === 'GET' ? undefined : 'application/dns-message');
    assert.equal(message.id, 0);
  });
}

const badResponses: readonly {
  title: string;
  change: (server: EncryptedUpstream) => void;
  message: RegExp;
}[] = [
  { title: 'a status', change: (server) => (server.status = 503), message: /unexpected HTTP status 503$/ },
  {
    title: 'a content type',
    change: (server) => (server.contentType = 'text/html'),
    message: /unexpected content type text\/html; expected application\/dns-message$/,
  },
  {
    title: 'a message that breaks off',
    change: (server) =>
      (server.script = (received) => [replyTo(received, { answer: [record] }).subarray(0, -2)]),
    message: /dns: .*cut short/,
  },
  {
    title: 'too many bytes',
    change: (server) => (server.script = () => [Buffer.alloc(65_536)]),
    message: /longer than a DNS message$/,
  },
];

for (const { title, change, message } of badResponses) {
  test(`https: ${title} that is not right is an error, the connection stays`, async () => {
    await using server = await startHttpsUpstream(certificate, answer);
    using world = connectTo(server, { scheme: 'https' });
    await world.upstream.ask(query, 'udp', 2000);
    change(server);
    await assert.rejects(world.upstream.ask(query, 'udp', 2000), { kind: 'network', message });
    server.status = 200;
    server.contentType = 'application/dns-message';
    server.script = answer;
    await world.upstream.ask(query, 'udp', 2000);
    assert.equal(server.connections, 1);
  });
}

test('https: a server that speaks no HTTP/2 is an error', async () => {
  await using server = await startTlsUpstream(certificate, answer);
  using world = connectTo(server, { scheme: 'https' });
  await assert.rejects(world.upstream.ask(query, 'udp', 2000), {
    kind: 'network',
    message: /the server does not speak HTTP\/2$/,
  });
});
