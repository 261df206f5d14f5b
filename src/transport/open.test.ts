import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createLogger } from '../log/logger.ts';
import { PrometheusRegistry } from '../metrics/prometheus-registry.ts';
import { systemClock } from '../plugin/clock.ts';
import { openPlainDns } from './open.ts';

const open = openPlainDns({
  clock: systemClock,
  log: createLogger(() => undefined),
  metrics: new PrometheusRegistry(),
});

test('any port is the same port for UDP and TCP', async () => {
  const transports = await open('127.0.0.1', 0, 'dns://127.0.0.1:0');
  assert.deepEqual(
    transports.map((transport) => transport.name),
    ['udp by node:dgram', 'tcp by node:net'],
  );
  assert.notEqual(transports[0]!.port, 0);
  assert.equal(transports[0]!.port, transports[1]!.port);
  for (const transport of transports) await transport.close(0);
});

test('a port that is taken for TCP is named, and nothing stays open for UDP', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await assert.rejects(
    open('127.0.0.1', port, `dns://127.0.0.1:${port}`),
    new RegExp(`tcp 127.0.0.1:${port}`),
  );
  await new Promise((resolve) => other.close(resolve));
  const transports = await open('127.0.0.1', port, `dns://127.0.0.1:${port}`);
  for (const transport of transports) await transport.close(0);
});
