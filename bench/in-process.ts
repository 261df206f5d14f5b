/**
 * What an answer costs without sockets: decoded, routed, answered and encoded, again and again, in this process.
 * Prints one line of JSON: microseconds of CPU a query, by question. Usage: in-process.ts MANIFESTS.
 */
import { cache } from '../plugins/cache/index.ts';
import { systemClock } from '../src/plugin/clock.ts';
import type { Client } from '../src/server/query.ts';
import { Reply } from '../src/server/reply.ts';
import { HeaderFlag, typeFromName } from '../src/wire/codes.ts';
import { writeQuery } from '../src/wire/write-query.ts';
import { answering, pluginMap } from '../test/kit/answering.ts';
import { startServer } from '../test/kit/server.ts';
import type { TestServer } from '../test/kit/server.ts';
import { median } from '../test/kit/statistics.ts';
import { cacheQuestions, questions, stockCorefile } from './worlds.ts';

const ROUNDS = 9;
const QUERIES_A_ROUND = 100_000;

const client: Client = {
  protocol: 'udp',
  address: '127.0.0.1',
  port: 40_000,
  family: 4,
  localAddress: '127.0.0.1',
  localPort: 53,
};

const figures: Record<string, number> = {};
await measureKubernetes(process.argv[2]!);
await measureCache();
console.log(JSON.stringify(figures));
process.exit();

async function measureKubernetes(manifests: string): Promise<void> {
  // Port 0: there is no socket that `loop` could probe.
  const corefile = stockCorefile({ manifests, cache: false }, { port: 0 });
  const server = await startServer(corefile, { clock: systemClock });
  for (const { title, name, type } of questions) {
    const packet = packetOf(name, type);
    figures[title] = microseconds(server, () => packet);
  }
  await server.close();
}

/** In front of a plugin that costs next to nothing. */
async function measureCache(): Promise<void> {
  const answer = [
    { name: 'www.example.org.', type: 1, class: 1, ttl: 300, data: Uint8Array.of(192, 0, 2, 1) },
  ];
  const world = answering('whoami', () => new Reply({ answer, source: 'whoami' }));
  const plugins = pluginMap(cache, world);
  const server = await startServer('. {\n cache\n whoami\n}', { clock: systemClock, plugins });
  const same = packetOf('00000000.example.org.', 'A');
  figures[cacheQuestions.hit] = microseconds(server, () => same);
  let asked = 0;
  figures[cacheQuestions.miss] = microseconds(server, () => {
    // Another name each time: its first label counts up, from behind the header and the label's length.
    let number = ++asked;
    for (let at = 20; at > 12; at--, number = Math.floor(number / 10)) same[at] = 48 + (number % 10);
    return same;
  });
  await server.close();
}

function packetOf(name: string, type: string): Buffer {
  const question = { name, type: typeFromName(type)!, class: 1 };
  const edns = { udpSize: 1232, version: 0, dnssecOk: false, options: new Uint8Array(0) };
  return Buffer.from(writeQuery({ id: 1, flags: HeaderFlag.RD, question, edns }));
}

function microseconds(server: TestServer, packet: () => Buffer): number {
  const { handler } = server.transport('udp');
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let count = 0; count < QUERIES_A_ROUND; count++) void handler(packet(), client);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / QUERIES_A_ROUND;
  });
  return median(rounds);
}
