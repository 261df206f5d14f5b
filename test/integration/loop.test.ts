import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { seededRandom } from '../../src/plugin/random.ts';
import { systemClock } from '../../src/plugin/clock.ts';
import { Upstream } from '../../src/upstream/upstream.ts';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import type { Message } from '../../src/wire/message.ts';
import { replyTo, startUpstream } from '../kit/scripted-upstream.ts';
import type { Script } from '../kit/scripted-upstream.ts';
import { freePort, ServerProcess } from '../kit/server-process.ts';

/** Asks a server on loopback by UDP. */
async function ask(port: number, name: string): Promise<Message> {
  const limits = { expire: 1000, maximumAge: 0, maximumIdle: 0 };
  const server = new Upstream({
    address: '127.0.0.1',
    port,
    clock: systemClock,
    random: seededRandom(1),
    ...limits,
  });
  const question = { name, type: RecordType.A, class: RecordClass.IN };
  const edns = { udpSize: 1232, version: 0, dnssecOk: false, options: new Uint8Array(0) };
  try {
    return await server.ask({ flags: HeaderFlag.RD, question, edns }, 'udp', 5000);
  } finally {
    server.abort();
  }
}

/** The next line that matches, or one that is there already. */
async function lineOf(server: ServerProcess, pattern: RegExp): Promise<string> {
  const there = server.output.find((line) => pattern.test(line));
  return there ?? server.line((line) => pattern.test(line));
}

const corefile = (port: number, loop: string, upstream: number): string => `.:${port} {
  bind 127.0.0.1
  errors
  ${loop}
  hosts {
    192.0.2.7 local.test
    fallthrough
  }
  forward . 127.0.0.1:${upstream}
}
`;

test('a server that forwards to itself serves its own names, and says why not others', async () => {
  const port = await freePort();
  const server = await ServerProcess.start(corefile(port, 'loop', port));
  try {
    const line = await lineOf(server, /Loop \(/);
    assert.match(
      line,
      /^\[ERROR\] plugin\/loop: Loop \(127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+\) detected for zone "\."/,
    );
    assert.ok(line.includes(`the upstream 127.0.0.1:${port} is this server itself`), line);
    const refused = await ask(port, 'www.example.org.');
    const error = readExtendedError(refused.edns);
    assert.deepEqual([refused.rcode, error?.code], [2, 22]);
    assert.equal(error?.text, `forwarding loop: the upstream 127.0.0.1:${port} is this server itself`);
    const local = await ask(port, 'local.test.');
    assert.deepEqual([...local.answer[0]!.data], [192, 0, 2, 7]);
    assert.ok(server.alive);
  } finally {
    await server.stop();
  }
});

test('a loop through another server is found, and over when that one mends', async () => {
  const port = await freePort();
  const relay = createSocket('udp4');
  relay.bind(0, '127.0.0.1');
  await once(relay, 'listening');
  // Whoever it is that asks, the upstream asks the server in turn, and gives its reply back.
  const back: Script = (query) => {
    relay.once('message', (packet) => query.answer(packet));
    relay.send(query.packet, port, '127.0.0.1');
    return [];
  };
  const upstream = await startUpstream(back);
  const server = await ServerProcess.start(corefile(port, 'loop', upstream.port));
  try {
    assert.match(
      await lineOf(server, /Loop \(/),
      /: the upstream 127\.0\.0\.1:\d+ asks this server in turn; nothing is forwarded there/,
    );
    assert.equal((await ask(port, 'www.example.org.')).rcode, 2);
    upstream.script = (query) => [replyTo(query, { flags: HeaderFlag.RA })];
    await lineOf(server, /The loop is gone/);
    assert.equal((await ask(port, 'www.example.org.')).rcode, 0);
  } finally {
    await server.stop();
    await upstream.close();
    relay.close();
  }
});

test('of two upstreams only the one that is this server itself is left out', async () => {
  const port = await freePort();
  const upstream = await startUpstream((query) => [replyTo(query, { flags: HeaderFlag.RA })]);
  const addresses = `127.0.0.1:${port} 127.0.0.1:${upstream.port}`;
  const text = corefile(port, 'loop', port).replace(`127.0.0.1:${port}\n`, `${addresses}\n`);
  const server = await ServerProcess.start(text);
  try {
    const line = await lineOf(server, /Loop \(/);
    assert.ok(line.includes(`the upstream 127.0.0.1:${port} is this server itself`), line);
    for (let query = 0; query < 20; query++) {
      assert.equal((await ask(port, `n${query}.example.org.`)).rcode, 0);
    }
    const asked = upstream.received.filter(({ message }) => message.question!.type === RecordType.A);
    assert.equal(asked.length, 20);
    assert.equal(server.output.filter((text_) => text_.includes('Loop (')).length, 1);
  } finally {
    await server.stop();
    await upstream.close();
  }
});

test('loop fatal ends the process of a server that forwards to itself with status 1', async () => {
  const port = await freePort();
  const server = await ServerProcess.start(corefile(port, 'loop fatal', port));
  assert.match(await lineOf(server, /Loop \(/), /^\[FATAL\] plugin\/loop: Loop \(/);
  assert.equal(await server.ended(), 1);
});
