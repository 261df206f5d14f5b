/**
 * The whole server with 10,000 Services and 100,000 endpoints from one file of 20 MB: when it is ready, how much
 * memory that takes, how long anybody had to wait meanwhile, and when a changed document is answered.
 * Usage: scale.ts
 */
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { HeaderFlag, RecordType } from '../src/wire/codes.ts';
import { readMessage } from '../src/wire/message.ts';
import { writeQuery } from '../src/wire/write-query.ts';
import { megabytes } from '../test/kit/statistics.ts';
import { changedService, changePort, writeLargeWorld } from './large-world.ts';
import { residentMemory, start } from './load.ts';
import { stockCorefile } from './worlds.ts';

const PORT = 5392;
const SLOW = 50;

const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
const socket = createSocket('udp4');
await new Promise<void>((resolve) => socket.connect(PORT, '127.0.0.1', resolve));
socket.on('error', () => undefined);
try {
  await measure();
} finally {
  socket.close();
  rmSync(folder, { recursive: true });
}

async function measure(): Promise<void> {
  const manifests = join(folder, 'world.yaml');
  const changePosition = writeLargeWorld(manifests);
  const corefile = join(folder, 'Corefile');
  writeFileSync(corefile, stockCorefile({ manifests }, { port: PORT }));
  let began = performance.now();
  const launcher = join(import.meta.dirname, '../bin/signpost');
  const server = await start(launcher, ['-conf', corefile], (line) => line.startsWith('Signpost-'));
  await until(async () => (await portOf(`${changedService}.svc.cluster.local.`)) === 8000);
  console.log(`ready after                ${((performance.now() - began) / 1000).toFixed(2)} s (at most 12)`);
  began = performance.now();
  changePort(manifests, changePosition, 8001);
  let slowest = 0;
  await until(async () => {
    const asked = performance.now();
    const port = await portOf(`${changedService}.svc.cluster.local.`);
    slowest = Math.max(slowest, performance.now() - asked);
    return port === 8001;
  });
  console.log(`one changed document after ${(performance.now() - began).toFixed(0)} ms (at most 2000)`);
  console.log(`slowest answer meanwhile   ${slowest.toFixed(1)} ms (at most ${SLOW})`);
  const { now, peak } = residentMemory(server.pid!);
  console.log(
    `resident memory            ${megabytes(now)} MB, at its highest ${megabytes(peak)} MB (at most 250)`,
  );
  server.kill();
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pass(2);
}

/** The port of a Service's SRV record; undefined when there is no answer within a second. */
function portOf(name: string): Promise<number | undefined> {
  const question = { name, type: RecordType.SRV, class: 1 };
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), 1000);
    socket.once('message', (packet) => {
      clearTimeout(timer);
      const data = readMessage(packet).answer[0]?.data;
      resolve(data && (data[4]! << 8) | data[5]!);
    });
    socket.send(writeQuery({ id: 1, flags: HeaderFlag.RD, question, edns: undefined }));
  });
}
