import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenOnLoopback } from './loopback.ts';
import { startServer } from './server.ts';

for (const [protocol, property] of [
  ['udp', 'prefer_udp'],
  ['tcp', 'force_tcp'],
] as const) {
  test(`a test server asks a block of its own by ${protocol}`, async () => {
    const sockets = await listenOnLoopback();
    const { port } = sockets[0]!;
    const corefile = `. {
      forward . 127.0.0.1:${port} {
        ${property}
      }
    }
    .:${port} {
      bind 127.0.0.1
      whoami
    }`;
    await using server = await startServer(corefile, { sockets: new Map([[port, sockets]]) });
    const reply = await server.ask('example.org', 'A');
    const names = reply?.additional.map(({ name }) => name);
    assert.deepEqual(names, ['example.org.', `_${protocol}.example.org.`]);
  });
}
