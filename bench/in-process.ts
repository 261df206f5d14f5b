/**
 * What an answer costs without sockets: decoded, routed, answered and encoded, again and again, in this process.
 * Prints one line of JSON: microseconds of CPU a query, by question. Usage: in-process.ts MANIFESTS.
 */
import { systemClock } from '../src/plugin/clock.ts';
import type { Client } from '../src/server/query.ts';
import { HeaderFlag, typeFromName } from '../src/wire/codes.ts';
import { writeQuery } from '../src/wire/write-query.ts';
import { startServer } from '../test/kit/server.ts';
import { questions, stockCorefile } from './worlds.ts';

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

// Port 0: there is no socket that `loop` could probe.
const corefile = stockCorefile(process.argv[2]!, { port: 0, cache: false });
const server = await startServer(corefile, { clock: systemClock });
const figures: Record<string, number> = {};
for (const { title, name, type } of questions) figures[title] = median(measure(name, type));
console.log(JSON.stringify(figures));
await server.close();
process.exit();

function measure(name: string, type: string): number[] {
  const question = { name, type: typeFromName(type)!, class: 1 };
  const edns = { udpSize: 1232, version: 0, dnssecOk: false, options: new Uint8Array(0) };
  const packet = writeQuery({ id: 1, flags: HeaderFlag.RD, question, edns });
  const { handler } = server.transport('udp');
  return Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let count = 0; count < QUERIES_A_ROUND; count++) void handler(packet, client);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / QUERIES_A_ROUND;
  });
}

function median(figuresOfRounds: number[]): number {
  return figuresOfRounds.sort((one, other) => one - other)[Math.floor(figuresOfRounds.length / 2)]!;
}
