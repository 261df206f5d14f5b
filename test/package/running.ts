import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { decode, encode, streamDecode, streamEncode } from 'dns-packet';
import type { Packet, RecordType } from 'dns-packet';

/** Milliseconds that a start, an answer and a stop may each take on a slow machine. */
const PATIENCE = 120_000;

/** A Signpost in a process of its own. */
export interface Running {
  /** Port of the first zone that it announced. */
  readonly port: number;
  /** All that it printed so far. */
  readonly lines: readonly string[];
  /** Sends a signal to the process, or to its whole group as a terminal's Ctrl-C does; gives the exit code. */
  stop(signal: NodeJS.Signals, whole?: 'group'): Promise<number | null>;
}

/** Runs a command until it prints the line of its first zone, such as `.:5300 on 127.0.0.1`. */
export async function launch(
  command: string,
  words: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Running> {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const child = spawn(command, words, { cwd: folder, env: environment, stdio: [...stdio], detached: true });
  // Nothing outlives this process, whatever it fails at: not npm, nor what npm started.
  const kill = (): boolean => process.kill(-child.pid!, 'SIGKILL');
  process.once('exit', kill);
  const lines: string[] = [];
  const ended = once(child, 'close') as Promise<[number | null]>;
  const started = new Promise<number>((resolve, reject) => {
    const heard = (line: string): void => {
      lines.push(line);
      const announced = /^\S*:(\d+)(?: on \S+)?$/.exec(line);
      if (announced !== null) resolve(Number(announced[1]));
    };
    createInterface({ input: child.stdout }).on('line', heard);
    createInterface({ input: child.stderr }).on('line', heard);
    void ended.then(() => reject(new Error(`it ended before it served:\n${lines.join('\n')}`)));
  });
  void ended.then(() => process.off('exit', kill));
  const port = await inTime(started, 'the start', lines);
  return {
    port,
    lines,
    stop: async (signal, whole) => {
      process.kill(whole === undefined ? child.pid! : -child.pid!, signal);
      return (await inTime(ended, `the end after ${signal}`, lines))[0];
    },
  };
}

/** Asks 127.0.0.1 by UDP and by TCP, sees that both say the same, and gives the answer's data. */
export async function ask(port: number, name: string, type: RecordType): Promise<string[]> {
  const query: Packet = { type: 'query', id: 4711, flags: 0x0100, questions: [{ name, type }] };
  const byUdp = answers(await inTime(askByUdp(port, encode(query)), `UDP ${name} ${type}`));
  const byTcp = answers(await inTime(askByTcp(port, streamEncode(query)), `TCP ${name} ${type}`));
  assert.deepEqual(byUdp, byTcp);
  return byUdp;
}

async function askByUdp(port: number, query: Uint8Array): Promise<Packet> {
  const socket = createSocket('udp4');
  try {
    socket.send(query, port, '127.0.0.1');
    const [reply] = (await once(socket, 'message')) as [Buffer];
    return decode(reply);
  } finally {
    socket.close();
  }
}

async function askByTcp(port: number, query: Uint8Array): Promise<Packet> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(query);
    let reply = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      reply = Buffer.concat([reply, chunk]);
      if (reply.length > 2 && reply.length >= reply.readUInt16BE(0) + 2) break;
    }
    return streamDecode(reply);
  } finally {
    socket.destroy();
  }
}

function answers(reply: Packet): string[] {
  assert.equal(reply.id, 4711);
  return (reply.answers ?? []).map((answer) => ('data' in answer ? JSON.stringify(answer.data) : '')).sort();
}

async function inTime<T>(promise: Promise<T>, what: string, lines: readonly string[] = []): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took too long\n${lines.join('\n')}`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
