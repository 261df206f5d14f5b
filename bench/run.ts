/**
 * `npm run bench`: what an answer costs, as multiples of the floor (echo.c) measured in the same run; then what
 * 100,000 endpoints cost.
 * `--seconds N` for each load (5); `--answers` leaves the endpoints out. Needs gcc and dnsperf.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { load, residentMemory, start } from './load.ts';
import type { LoadResult } from './load.ts';
import { cacheQuestions, hotQuestions, questions, smallWorld, stockCorefile } from './worlds.ts';

interface Row {
  readonly work: string;
  readonly microseconds: number;
  readonly limit: number | undefined;
  readonly note: string;
}

interface Started {
  readonly pid: number;
  readonly port: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/** Multiples of the floor that the issue allows. */
const IN_PROCESS_LIMITS = [1.5, 1.5, 3];
const FLOOR_PORT = 5390;

/** Both kinds of UDP, by the value of SIGNPOST_UDP. */
const TRANSPORTS = [
  { title: 'node:dgram', variable: 'dgram', port: 5391, limit: 6 },
  { title: 'recvmmsg', variable: 'batched', port: 5392, limit: 3.2 },
] as const;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, answers: { type: 'boolean', default: false } },
});
const seconds = Number(values.seconds);
requireProgram('gcc', 'apt-get install gcc');
requireProgram('dnsperf', 'apt-get install dnsperf');

const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
try {
  printTable(await measureAll());
  for (const script of values.answers ? [] : ['scale.ts', 'manifests.ts']) {
    console.log(`\n${script}: 10,000 Services, 100,000 endpoints`);
    spawnSync(process.execPath, [join(import.meta.dirname, script)], { stdio: 'inherit' });
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function measureAll(): Promise<Row[]> {
  const manifests = join(folder, 'world.yaml');
  writeFileSync(manifests, smallWorld());
  const floor = await measureFloor(join(folder, 'all.q'));
  const rows: Row[] = [
    { work: 'floor: echo.c', microseconds: floor.microsecondsAQuery, limit: undefined, note: noteOf(floor) },
  ];
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'in-process.ts'), manifests]);
  const figures = JSON.parse(output.toString()) as Record<string, number>;
  for (const [index, { title }] of questions.entries()) {
    const microseconds = figures[title]!;
    rows.push({ work: `${title}, in process`, microseconds, limit: IN_PROCESS_LIMITS[index], note: '' });
  }
  for (const title of Object.values(cacheQuestions)) {
    rows.push({ work: `${title}, in process`, microseconds: figures[title]!, limit: undefined, note: '' });
  }
  rows.push(...(await measureEchoes(join(folder, 'all.q'))));
  for (const cache of [false, true]) rows.push(...(await measureServers(manifests, cache)));
  return rows;
}

async function measureFloor(queryFile: string): Promise<LoadResult> {
  const program = join(folder, 'echo');
  execFileSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'echo.c')]);
  writeQueries(queryFile, questions);
  const echo = await start(program, [String(FLOOR_PORT)], (line) => line === 'listening');
  const floor = await load({ pid: echo.pid!, port: FLOOR_PORT }, queryFile, seconds);
  echo.kill();
  return floor;
}

/** Both kinds of UDP with a handler that costs nothing. */
async function measureEchoes(queryFile: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { title, variable, port } of TRANSPORTS) {
    const script = [join(import.meta.dirname, 'echo-transport.ts'), String(port)];
    const ready = (line: string): boolean => line === 'listening';
    const echo = await start(process.execPath, script, ready, [], { SIGNPOST_UDP: variable });
    const ended = once(echo, 'exit');
    await load({ pid: echo.pid!, port }, queryFile, 1);
    const result = await load({ pid: echo.pid!, port }, queryFile, seconds);
    const { microsecondsAQuery: microseconds } = result;
    rows.push({ work: `echo, ${title}`, microseconds, limit: undefined, note: noteOf(result) });
    echo.kill();
    await ended;
  }
  return rows;
}

/** The whole server by both kinds of UDP, question by question, so that both meet the same machine. */
async function measureServers(manifests: string, cache: boolean): Promise<Row[]> {
  const launcher = join(import.meta.dirname, '../bin/signpost');
  const servers: (Started & { transport: (typeof TRANSPORTS)[number] })[] = [];
  for (const transport of TRANSPORTS) {
    const { port, variable } = transport;
    const corefile = join(folder, `Corefile-${variable}`);
    writeFileSync(corefile, stockCorefile(manifests, { port, cache }));
    const ready = (line: string): boolean => line.startsWith('Signpost-');
    const server = await start(launcher, ['-conf', corefile], ready, [], { SIGNPOST_UDP: variable });
    servers.push({ pid: server.pid!, port, ended: once(server, 'exit'), transport });
  }
  const rows: Row[] = [];
  const hot = { title: '12 hot names', asked: hotQuestions };
  for (const { title, asked } of [...questions.map((one) => ({ title: one.title, asked: [one] })), hot]) {
    const queryFile = join(folder, 'some.q');
    writeQueries(queryFile, asked);
    for (const server of servers) {
      await load(server, queryFile, 1);
      const result = await load(server, queryFile, seconds);
      rows.push({
        work: `${title}, ${server.transport.title}${cache ? ', cache' : ''}`,
        microseconds: result.microsecondsAQuery,
        limit: server.transport.limit,
        note: `${noteOf(result)}, ${Math.round(residentMemory(server.pid).now / 1e6)} MB`,
      });
    }
  }
  for (const { pid, ended } of servers) {
    process.kill(pid);
    await ended;
  }
  return rows;
}

function writeQueries(file: string, asked: typeof hotQuestions): void {
  writeFileSync(file, asked.map(({ name, type }) => `${name} ${type}\n`).join(''));
}

function noteOf(result: LoadResult): string {
  return `${Math.round(result.queriesASecond)} queries/s, ${result.lost} lost`;
}

function printTable(rows: readonly Row[]): void {
  const floor = rows[0]!.microseconds;
  console.log('| work | µs CPU a query | of the floor | at most | |\n|---|---|---|---|---|');
  for (const { work, microseconds, limit, note } of rows) {
    const ratio = microseconds / floor;
    const verdict = limit === undefined ? '' : `${limit}${ratio > limit ? ' **missed**' : ''}`;
    console.log(`| ${work} | ${microseconds.toFixed(2)} | ${ratio.toFixed(2)} | ${verdict} | ${note} |`);
  }
}

function requireProgram(name: string, advice: string): void {
  try {
    execFileSync('which', [name], { stdio: 'ignore' });
  } catch {
    console.error(`the bench needs ${name}: ${advice}`);
    process.exit(1);
  }
}
