import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { HeaderFlag, rcodeName, RecordType, typeFromName } from '../src/wire/codes.ts';
import { nameToWire } from '../src/wire/name.ts';

/** Queries at a steady rate, whatever becomes of them. */
export interface Load {
  readonly port: number;
  /** Queries a second. */
  readonly rate: number;
  readonly seconds: number;
  /** The name to ask for, type A; `*` at its start is a label that was never asked for. */
  readonly name?: string;
  /** Or several, asked for in turn; with a type behind a space if it is not A. */
  readonly names?: readonly string[];
  /** The first queries, whose time does not count. */
  readonly skip?: number;
  /** Seconds after the last query until an answer is lost; 6 is longer than `forward` gives any query. */
  readonly patience?: number;
}

/** Times are in milliseconds from sending to the answer. */
export interface LoadReport {
  readonly sent: number;
  /** Without an answer when patience was over. */
  readonly lost: number;
  /** Answers by rcode. */
  readonly rcodes: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
  /** How many answers took how long, in buckets 3 % apart, the quickest first. */
  readonly times: readonly { readonly milliseconds: number; readonly count: number }[];
}

const HEADER = 12;
/** Letters of a label that was never asked for. */
const LABEL = 12;
let program: string | undefined;

/** Asks 127.0.0.1 by open-loop.c, in a process of its own. */
export async function openLoop(load: Load): Promise<LoadReport> {
  program ??= compile();
  const { port, rate, seconds, name = '', names = [name], skip = 0, patience = 6 } = load;
  const parameters = [port, rate, seconds, patience, skip].map(String);
  const client = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  client.stdin.end(names.map(template).join(''));
  const ended = once(client, 'exit') as Promise<[number | null]>;
  const [output, [code]] = await Promise.all([text(client.stdout), ended]);
  if (code !== 0) throw new Error(`the client of the bench has ended with ${code}`);
  return readReport(output);
}

/** The time that `percent` of the answers did not take longer than, in milliseconds; NaN without answers. */
export function percentileOf({ times }: Pick<LoadReport, 'times'>, percent: number): number {
  const wanted = (times.reduce((sum, { count }) => sum + count, 0) * percent) / 100;
  let seen = 0;
  for (const { milliseconds, count } of times) if ((seen += count) >= wanted) return milliseconds;
  return NaN;
}

function compile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  const target = join(folder, 'open-loop');
  execFileSync('gcc', ['-O2', '-o', target, join(import.meta.dirname, 'open-loop.c')]);
  return target;
}

function readReport(output: string): LoadReport {
  const counts: Record<string, number> = {};
  const rcodes: Record<string, number> = {};
  const times: { milliseconds: number; count: number }[] = [];
  for (const line of output.trimEnd().split('\n')) {
    const [what, value, count] = line.split(' ');
    if (what === 'time') times.push({ milliseconds: Number(value) / 1000, count: Number(count) });
    else if (what === 'rcode') rcodes[rcodeName(Number(value))] = Number(count);
    else counts[what!] = Number(value);
  }
  return {
    sent: counts['sent']!,
    lost: counts['lost']!,
    rcodes,
    p50: percentileOf({ times }, 50),
    p99: percentileOf({ times }, 99),
    slowest: counts['slowest']! / 1000,
    times,
  };
}

/** A line for open-loop.c: where a fresh label goes (0: nowhere), and the packet. */
function template(asked: string): string {
  const [name = '', type] = asked.split(' ');
  const isFresh = name.startsWith('*');
  const wire = nameToWire(isFresh ? 'x'.repeat(LABEL) + name.slice(1) : name);
  const query = Buffer.alloc(HEADER + wire.length + 4);
  query.writeUInt16BE(HeaderFlag.RD, 2);
  query.writeUInt16BE(1, 4);
  query.set(wire, HEADER);
  query.writeUInt16BE(type === undefined ? RecordType.A : typeFromName(type)!, HEADER + wire.length);
  query.writeUInt16BE(1, HEADER + wire.length + 2);
  return `${isFresh ? HEADER + 1 : 0} ${query.toString('hex')}\n`;
}
