import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { NO_OPTIONS } from '../../src/wire/edns.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { answers } from './answers.ts';
import { ObservedServer } from './observed-server.ts';
import type { ObservedOptions } from './observed-server.ts';

/** How often each question is asked in a round: the first answer is not learned, the second is. */
const TIMES = 5;
/** Hits that there are at the least when all questions are asked in two rounds. */
const MOST = 80;
const COREFILE = `.:0 {
  bind 127.0.0.1
  log
  whoami
}`;

interface Question {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  /** EDNS: the size offered. */
  readonly size?: number;
  readonly dnssecOk?: boolean;
  readonly tcp?: boolean;
}

/** Each of another kind: of reply, of query, of the way that it takes. */
const QUESTIONS: readonly Question[] = [
  { name: 'a.example.' },
  { name: 'A.eXample.' },
  { name: 'a.example.', type: RecordType.AAAA },
  { name: 'a.example.', type: 65_280 },
  { name: 'a.example.', flags: 0 },
  { name: 'a.example.', flags: HeaderFlag.RD | HeaderFlag.CD },
  { name: 'a.example.', size: 1232 },
  { name: 'a.example.', size: 1232, dnssecOk: true },
  { name: 'a.example.', size: 100 },
  { name: 'a.example.', tcp: true },
  { name: 'a.other.' },
  { name: 'later.example.' },
  { name: 'many.example.' },
  { name: 'many.example.', size: 4096 },
  { name: 'many.example.', tcp: true },
  { name: 'nodata.example.' },
  { name: 'no.other.' },
  { name: 'ref.example.' },
  { name: 'flags.example.' },
  { name: 'odd.example.', size: 512 },
  { name: 'signed.example.', size: 1232, dnssecOk: true },
  { name: 'signed.other.' },
  // Never learned.
  { name: 'failure.example.' },
];

const rows: readonly {
  readonly title: string;
  /** Lines of the server block, before and after a reload. */
  readonly before: string;
  readonly after: string;
  readonly address?: '127.0.0.1' | '::1';
  /** Every query is logged. */
  readonly all?: true;
  /** Ports that questions come from in turn, so that more than one worker gets some. */
  readonly clients?: number;
}[] = [
  { title: 'all, in the common format', before: 'log', after: 'log', all: true },
  {
    title: 'all placeholders',
    before: 'log . "{combined} {local} {/a/b} {unknown}"',
    after: 'log . "<{type} {class} {name} {proto} {remote} {local} {port} {size} {rcode} {rsize}>"',
    all: true,
  },
  {
    title: 'another format after a reload, and then none',
    before: 'log . "{common} before"',
    after: 'log example.net "{common} after"',
  },
  {
    title: 'one class each',
    before: 'log example "{common} denial" {\n class denial\n}\nlog . "{common} error" {\n class error\n}',
    after: 'log . "{common} success" {\n class success\n}',
  },
  {
    title: 'two classes, and all of them',
    before: 'log . "{common} some" {\n class denial error\n}',
    after: 'log other "{common} all" {\n class all\n}',
  },
  {
    title: 'a list of names',
    before: 'log a.example no.other "{common} listed"\nlog other "{common} rest"',
    after: 'log many.example',
  },
  {
    title: 'behind a plugin that changes the query, before one that changes the order',
    before: 'bufsize 700\nlog\nloadbalance',
    after: 'bufsize 600\nlog\nloadbalance',
  },
  {
    title: 'among others',
    before: 'errors\nprometheus 127.0.0.1:0\nlog\ncache 30 {\n servfail 0\n}',
    after:
      'prometheus 127.0.0.1:0\nlog\ncache 30\nhosts {\n 192.0.2.7 a.example\n fallthrough\n}\nloadbalance',
    all: true,
  },
  { title: 'two workers', before: 'multisocket 2\nlog', after: 'multisocket 2\nlog', all: true, clients: 7 },
  { title: 'IPv6', before: 'log', after: 'log . "{remote} {local}<"', address: '::1', all: true },
];

// Elsewhere there are no batches, and no thread that answers.
if (platform() === 'linux') testsOfLogAndRing();

function testsOfLogAndRing(): void {
  for (const { title, before, after, all, address = '127.0.0.1', clients = 1 } of rows) {
    test(`the log is the same with and without the wire cache: ${title}`, async () => {
      const corefiles = [before, after].map((text) => `.:0 {\nbind ${address}\n${text}\nwhoami\n}`);
      const [quick, plain] = await Promise.all(
        (['batched', 'dgram'] as const).map((kind) => run(corefiles, { kind, answers, address, clients })),
      );
      assert.ok(plain!.lines.length > 0);
      assert.deepEqual(quick!.lines, plain!.lines);
      assert.ok(quick!.hits >= (clients === 1 ? MOST : 1), `${quick!.hits} hits`);
      if (all === true) assert.equal(quick!.shown, quick!.hits);
    });
  }

  test('the line of a hit comes within 50 ms; those before a reload come before it is complete', async () => {
    await using server = await ObservedServer.open(COREFILE, { kind: 'batched', answers });
    await learnt(server);
    await server.ask(packetOf({ name: 'a.example.' }, 77));
    assert.deepEqual(server.queryLines, []);
    server.advance(50);
    assert.deepEqual(server.queryLines, [lineOf(77)]);
    await server.ask(packetOf({ name: 'a.example.' }, 78));
    server.corefile = COREFILE.replace('log', '');
    await server.signpost.reload();
    const line = server.lines.findIndex((text) => text.includes(' - 78 '));
    assert.ok(line >= 0 && line < server.lines.indexOf('[INFO] Reloading complete'));
  });

  test('what finds the ring full is counted, and told once a minute at the most', async () => {
    const options = { kind: 'batched', answers, observations: 8 } as const;
    const server = await ObservedServer.open(COREFILE, options);
    const missing = (count: number): string =>
      `[WARNING] dns://127.0.0.1:0: ${count} queries are missing from the log: more were answered than the main thread could note`;
    const warnings = (): string[] => server.lines.filter((line) => line.startsWith('[WARNING]'));
    {
      await using _ = server;
      await learnt(server);
      for (let id = 1; id <= 20; id++) await server.ask(packetOf({ name: 'a.example.' }, id));
      server.advance(1000);
      assert.deepEqual(server.queryLines, [1, 2, 3, 4, 5, 6, 7, 8].map(lineOf));
      assert.deepEqual(warnings(), [missing(12)]);
      for (let id = 21; id <= 30; id++) await server.ask(packetOf({ name: 'a.example.' }, id));
      server.advance(58_000);
      assert.deepEqual(warnings(), [missing(12)]);
      server.advance(2000);
      assert.deepEqual(warnings(), [missing(12), missing(2)]);
      for (let id = 31; id <= 40; id++) await server.ask(packetOf({ name: 'a.example.' }, id));
    }
    assert.deepEqual(warnings(), [missing(12), missing(2), missing(2)]);
    assert.equal(server.queryLines.length, 24);
    assert.equal(await server.metric('signpost_observations_total'), 24);
    assert.equal(await server.metric('signpost_observations_dropped_total'), 16);
    assert.equal(await server.metric('signpost_wire_cache_hits_total'), 40);
  });

  test('a format that shows the address that was asked turns the wire cache off where there are several', async () => {
    const corefile = COREFILE.replace('bind 127.0.0.1\n', '').replace('log', 'log . {local}');
    await using server = await ObservedServer.open(corefile, { kind: 'batched', answers });
    assert.ok(server.lines.includes('[INFO] dns://:0 .: wire cache off because of plugin/log'));
    for (let id = 1; id <= 5; id++) {
      await server.ask(packetOf({ name: 'a.example.' }, id));
      server.advance(10);
    }
    assert.deepEqual(server.queryLines, new Array<string>(5).fill('[INFO] 127.0.0.1'));
    assert.equal(await server.metric('signpost_wire_cache_hits_total'), 0);
  });
}

/** Has the worker learn `a.example.`; the log begins anew. */
async function learnt(server: ObservedServer): Promise<void> {
  for (let id = 1; id <= 2; id++) {
    await server.ask(packetOf({ name: 'a.example.' }, id));
    server.advance(10);
  }
  server.lines.length = 0;
}

function lineOf(id: number): string {
  return `[INFO] 127.0.0.1:PORT - ${id} "A IN a.example. udp 27 false 512" NOERROR qr,aa,rd 52 0s`;
}

/** Asks all questions again and again by each Corefile in turn; what was logged, and how many hits there were. */
async function run(
  corefiles: readonly string[],
  options: ObservedOptions,
): Promise<{ readonly lines: readonly string[]; readonly hits: number; readonly shown: number }> {
  const server = await ObservedServer.open(corefiles[0]!, options);
  {
    await using _ = server;
    for (const [index, corefile] of corefiles.entries()) {
      server.corefile = corefile;
      if (index > 0) await server.signpost.reload();
      let id = 0;
      for (let time = 0; time < TIMES; time++) {
        for (const question of QUESTIONS) {
          const packet = packetOf(question, ++id);
          await (question.tcp === true ? server.askByTcp(packet) : server.ask(packet));
          server.advance(10);
        }
      }
    }
  }
  // It has ended, so nothing more is to come.
  return {
    lines: server.queryLines,
    hits: await server.metric('signpost_wire_cache_hits_total'),
    shown: await server.metric('signpost_observations_total'),
  };
}

function packetOf({ name, type, flags, size, dnssecOk }: Question, id: number): Buffer {
  const edns = { udpSize: size ?? 0, version: 0, dnssecOk: dnssecOk === true, options: NO_OPTIONS };
  const question = { name, type: type ?? RecordType.A, class: RecordClass.IN };
  return writeQuery({
    id,
    flags: flags ?? HeaderFlag.RD,
    question,
    edns: size === undefined ? undefined : edns,
  });
}
