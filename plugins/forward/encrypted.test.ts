import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../../test/kit/certificate.ts';
import { startHttpsUpstream, startTlsUpstream } from '../../test/kit/encrypted-upstream.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import { replyTo } from '../../test/kit/scripted-upstream.ts';
import type { Script } from '../../test/kit/scripted-upstream.ts';
import { answer, clock, record, settled, silence, start } from './test-world.ts';

const certificate = makeCertificate({ names: ['dns.example', '127.0.0.1'] });
const servers = { tls: startTlsUpstream, https: startHttpsUpstream } as const;

for (const scheme of ['tls', 'https'] as const) {
  test(`${scheme}:// answers clients of UDP and of TCP, over one connection that was ready before`, async (context) => {
    const folder = temporaryFolder(context, { 'ca.pem': certificate.certificate });
    await using upstream = await servers[scheme](certificate, answer);
    await using server = await start(
      `forward . ${scheme}://127.0.0.1%dns.example:${upstream.port} {\ntls ${folder.path}/ca.pem\n}`,
    );
    await upstream.connected(1);
    for (const protocol of ['udp', 'tcp'] as const) {
      const reply = await server.ask('www.example.org', 'A', { protocol });
      assert.equal(reply?.rcode, Rcode.NoError);
      assert.deepEqual(reply.answer, [record]);
      assert.equal(reply.edns, undefined);
    }
    assert.equal(upstream.connections, 1);
    assert.equal(upstream.received[0]!.serverName, 'dns.example');
  });

  test(`${scheme}:// is probed over the same transport`, async (context) => {
    const folder = temporaryFolder(context, { 'ca.pem': certificate.certificate });
    await using upstream = await servers[scheme](certificate, silence);
    await using server = await start(
      `forward . ${scheme}://127.0.0.1:${upstream.port} {\ntls ${folder.path}/ca.pem\nmax_connect_attempts 1\n}`,
    );
    const reply = server.ask('www.example.org', 'A');
    await upstream.queries(1);
    clock.advance(2000);
    assert.equal((await reply)?.rcode, Rcode.ServerFailure);
    await upstream.queries(2);
    const { question } = upstream.received[1]!.message;
    assert.deepEqual([question?.name, question?.type], ['.', 2]);
    for (const packet of answer(upstream.received[1]!)) upstream.received[1]!.answer(packet);
    await settled();
  });
}

for (const scheme of ['tls', 'https'] as const) {
  test(`${scheme}:// latency and loss have the label of that transport; what is truncated is asked for once more`, async (context) => {
    const folder = temporaryFolder(context, { 'ca.pem': certificate.certificate });
    const truncated: Script = (query) => [replyTo(query, { flags: HeaderFlag.TC })];
    await using upstream = await servers[scheme](certificate, truncated);
    await using server = await start(
      `forward . ${scheme}://127.0.0.1:${upstream.port} {\ntls ${folder.path}/ca.pem\n}`,
    );
    const reply = await server.ask('www.example.org', 'A');
    assert.equal(reply!.flags & HeaderFlag.TC, HeaderFlag.TC);
    await server.ask('www.example.org', 'A', { protocol: 'tcp' });
    assert.equal(upstream.received.length, 4, 'for each client with padding and without');
    const labels = (proto: string): string => `{to="${upstream.name}",proto="${proto}"}`;
    const own = labels(scheme === 'tls' ? 'tcp-tls' : 'https');
    assert.equal(await server.metric(`signpost_forward_loss_ratio${own}`), 0);
    assert.notEqual(await server.metric(`signpost_forward_latency_seconds${own}`), undefined);
    for (const other of ['udp', 'tcp']) {
      assert.equal(await server.metric(`signpost_forward_latency_seconds${labels(other)}`), undefined);
    }
  });
}

test('a server with the wrong certificate is passed over, and sees no query', async (context) => {
  const folder = temporaryFolder(context, { 'ca.pem': certificate.certificate });
  await using wrong = await startTlsUpstream(makeCertificate({ names: ['127.0.0.1'] }), answer);
  await using right = await startTlsUpstream(certificate, answer);
  await using server = await start(
    `forward . tls://127.0.0.1:${wrong.port} tls://127.0.0.1:${right.port} {\ntls ${folder.path}/ca.pem\npolicy sequential\n}`,
  );
  assert.deepEqual((await server.ask('www.example.org', 'A'))?.answer, [record]);
  assert.equal(wrong.received.length, 0);
});

const badFiles: readonly { title: string; words: string; message: RegExp }[] = [
  {
    title: 'an authority that is not there',
    words: 'none.pem',
    message: /tls: cannot read .*none\.pem: there is no such file/,
  },
  {
    title: 'a key in place of a certificate',
    words: 'key.pem',
    message: /tls: cannot use .*key\.pem: it holds no certificate/,
  },
  {
    title: 'certificate and key in the wrong order',
    words: 'key.pem ca.pem',
    message: /tls: cannot use .*key\.pem: it holds no certificate/,
  },
  {
    title: "a key that is not the certificate's",
    words: 'ca.pem other.pem',
    message: /tls: cannot use .*ca\.pem with .*other\.pem: /,
  },
];

for (const { title, words, message } of badFiles) {
  test(`tls with ${title} is refused`, async (context) => {
    const folder = temporaryFolder(context, {
      'ca.pem': certificate.certificate,
      'key.pem': certificate.key,
      'other.pem': makeCertificate({ names: ['dns.example'] }).key,
    });
    const paths = words.split(' ').map((name) => `${folder.path}/${name}`);
    await assert.rejects(start(`forward . tls://127.0.0.1 {\ntls ${paths.join(' ')}\n}`), (error: Error) => {
      assert.match(error.message, /Corefile:4: /);
      assert.match(error.message, message);
      return true;
    });
  });
}
