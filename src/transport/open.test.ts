import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { platform } from 'node:os';
import { test } from 'node:test';
import { createLogger } from '../log/logger.ts';
import { PrometheusRegistry } from '../metrics/prometheus-registry.ts';
import { systemClock } from '../plugin/clock.ts';
import { openPlainDns } from './open.ts';
import type { OpenTransports } from './transport.ts';

function opening(environment: Record<string, string>): OpenTransports {
  return openPlainDns(
    { clock: systemClock, log: createLogger(() => undefined), metrics: new PrometheusRegistry() },
    environment,
  );
}

const open = opening({ SIGNPOST_UDP: 'dgram' });

for (const { environment, udp } of [
  { environment: { SIGNPOST_UDP: 'dgram' }, udp: 'udp by node:dgram' },
  { environment: {}, udp: platform() === 'linux' ? 'udp by recvmmsg' : 'udp by node:dgram' },
]) {
  test(`any port is the same port for ${udp} and TCP`, async () => {
    const transports = await opening(environment)('127.0.0.1', 0, 'dns://127.0.0.1:0');
    assert.deepEqual(
      transports.map((transport) => transport.name),
      [udp, 'tcp by node:net'],
    );
    assert.notEqual(transports[0]!.port, 0);
    assert.equal(transports[0]!.port, transports[1]!.port);
    for (const transport of transports) await transport.close(0);
  });
}

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
