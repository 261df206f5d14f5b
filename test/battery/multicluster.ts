import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { rcodeName, typeName } from '../../src/wire/codes.ts';
import { recordDataText } from '../../src/wire/presentation.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import type { TestServer } from '../kit/server.ts';
import { importedSlice, serviceImport } from './multicluster-objects.ts';
import type { WrittenObject } from './multicluster-objects.ts';

/** A source of `sharedShop`, with a server over it that runs `multiclusterCorefile`. */
export interface ClusterSetStage {
  readonly server: TestServer;
  /** Writes an object, in the place of the one of that name if there is one. */
  put(object: WrittenObject): Promise<void> | void;
  remove(object: WrittenObject): Promise<void> | void;
  /** Lets a little time pass. */
  pass(): Promise<void>;
}

/** @param source lines of the directive that say where the objects come from */
export function multiclusterCorefile(source: string): string {
  return `. {
    kubernetes cluster.local clusterset.local in-addr.arpa ip6.arpa {
      multicluster clusterset.local
      ${source}
    }
  }
`;
}

/** What a zone of a ClusterSet answers, whatever the source: `sharedShop` first, then what becomes of it. */
export async function multiclusterBattery(context: TestContext, stage: ClusterSetStage): Promise<void> {
  for (const [question, ...reply] of answers) {
    await context.test(question, async () => assert.deepEqual(await ask(stage, question), reply.sort()));
  }
  for (const { title, object, gone = false, question, reply } of changes) {
    await context.test(title, async () => {
      await (gone ? stage.remove(object) : stage.put(object));
      await turns(stage, question, reply);
    });
  }
}

/** Asks again and again until the answer is the one wanted. */
export async function turns(
  stage: Pick<ClusterSetStage, 'server' | 'pass'>,
  question: string,
  reply: readonly string[],
  limit = 10_000,
): Promise<void> {
  const giveUp = performance.now() + limit;
  const wanted = JSON.stringify(reply.toSorted());
  while (JSON.stringify(await ask(stage, question)) !== wanted && performance.now() < giveUp) {
    await stage.pass();
  }
  assert.deepEqual(await ask(stage, question), reply.toSorted());
}

type Row = readonly [question: string, ...reply: string[]];

/** Answers, the rcode unless it is NOERROR, and what is in the additional section, in no order. */
const answers: readonly Row[] = [
  ['web.shop.svc.clusterset.local A', 'A 10.112.0.1'],
  ['web.shop.svc.clusterset.local AAAA', 'AAAA fd00:112::1'],
  [
    'web.shop.svc.clusterset.local SRV',
    'SRV 0 25 80 web.shop.svc.clusterset.local.',
    'SRV 0 25 443 web.shop.svc.clusterset.local.',
    '+ web.shop.svc.clusterset.local. A 10.112.0.1',
    '+ web.shop.svc.clusterset.local. AAAA fd00:112::1',
  ],
  [
    '_https._tcp.web.shop.svc.clusterset.local SRV',
    'SRV 0 50 443 web.shop.svc.clusterset.local.',
    '+ web.shop.svc.clusterset.local. A 10.112.0.1',
    '+ web.shop.svc.clusterset.local. AAAA fd00:112::1',
  ],
  ['_https._udp.web.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['10-1-0-1.east.web.shop.svc.clusterset.local A', 'A 10.1.0.1'],
  ['10-2-0-1.west.web.shop.svc.clusterset.local A', 'A 10.2.0.1'],
  ['10-1-0-1.west.web.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['10-1-0-1.web.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['east.web.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['http.tcp.web.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['a.b.c.web.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['db.shop.svc.clusterset.local A', 'A 10.1.1.1', 'A 10.2.1.1', 'A 10.2.1.2'],
  ['db.shop.svc.clusterset.local AAAA', 'AAAA fd00:2::1'],
  [
    '_http._tcp.db.shop.svc.clusterset.local SRV',
    'SRV 0 25 8080 db-0.east.db.shop.svc.clusterset.local.',
    'SRV 0 25 8080 db-0.west.db.shop.svc.clusterset.local.',
    'SRV 0 25 8080 10-2-1-2.west.db.shop.svc.clusterset.local.',
    '+ db-0.east.db.shop.svc.clusterset.local. A 10.1.1.1',
    '+ db-0.west.db.shop.svc.clusterset.local. A 10.2.1.1',
    '+ db-0.west.db.shop.svc.clusterset.local. AAAA fd00:2::1',
    '+ 10-2-1-2.west.db.shop.svc.clusterset.local. A 10.2.1.2',
  ],
  ['db-0.east.db.shop.svc.clusterset.local A', 'A 10.1.1.1'],
  ['DB-0.West.db.shop.svc.clusterset.local AAAA', 'AAAA fd00:2::1'],
  [
    'db-0.east.db.shop.svc.clusterset.local SRV',
    'SRV 0 100 8080 db-0.east.db.shop.svc.clusterset.local.',
    '+ db-0.east.db.shop.svc.clusterset.local. A 10.1.1.1',
  ],
  ['db-0.east.db.shop.svc.clusterset.local AAAA'],
  ['db-0.db.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['db-1.east.db.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['db.shop.svc.clusterset.local TXT'],
  ['web.shop.svc.clusterset.local CNAME'],
  ['portless.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['waiting.shop.svc.clusterset.local A'],
  ['idle.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['solo.shop.svc.clusterset.local A', 'NXDOMAIN'],
  ['shop.svc.clusterset.local A'],
  ['nowhere.svc.clusterset.local A', 'NXDOMAIN'],
  ['dns-version.clusterset.local TXT', 'TXT "1.1.0"'],
  ['web.shop.svc.cluster.local A', 'A 10.96.0.10'],
  ['db.shop.svc.cluster.local A', 'NXDOMAIN'],
  ['1.0.112.10.in-addr.arpa PTR', 'NXDOMAIN'],
  ['1.1.1.10.in-addr.arpa PTR', 'NXDOMAIN'],
];

interface Change {
  readonly title: string;
  readonly object: WrittenObject;
  /** It is taken away. */
  readonly gone?: boolean;
  /** Is answered so after it. */
  readonly question: string;
  readonly reply: readonly string[];
}

const waiting = {
  type: 'ClusterSetIP',
  ips: ['10.112.0.9'],
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
};
const changes: readonly Change[] = [
  {
    title: 'a ServiceImport is given its address',
    object: serviceImport('waiting', waiting),
    question: 'waiting.shop.svc.clusterset.local A',
    reply: ['A 10.112.0.9'],
  },
  {
    title: 'a ServiceImport turns headless',
    object: serviceImport('web', { type: 'Headless' }),
    question: 'web.shop.svc.clusterset.local A',
    reply: ['A 10.1.0.1', 'A 10.2.0.1'],
  },
  {
    title: 'a ServiceImport comes',
    object: serviceImport('late', { ...waiting, ips: ['10.112.0.10'] }),
    question: 'late.shop.svc.clusterset.local A',
    reply: ['A 10.112.0.10'],
  },
  {
    title: 'a ServiceImport goes',
    object: serviceImport('late', waiting),
    gone: true,
    question: 'late.shop.svc.clusterset.local A',
    reply: ['NXDOMAIN'],
  },
  {
    title: 'endpoints of one cluster change',
    object: importedSlice('web-east', 'web', 'east', ['10.1.0.7']),
    question: 'web.shop.svc.clusterset.local A',
    reply: ['A 10.1.0.7', 'A 10.2.0.1'],
  },
  {
    title: 'a slice turns out to be another cluster’s',
    object: importedSlice('web-east', 'web', 'north', ['10.1.0.7']),
    question: '10-1-0-7.north.web.shop.svc.clusterset.local A',
    reply: ['A 10.1.0.7'],
  },
  {
    title: 'endpoints of one cluster go',
    object: importedSlice('web-west', 'web', 'west', ['10.2.0.1']),
    gone: true,
    question: 'web.shop.svc.clusterset.local A',
    reply: ['A 10.1.0.7'],
  },
];

async function ask({ server }: Pick<ClusterSetStage, 'server'>, question: string): Promise<string[]> {
  const [name, type] = question.split(' ') as [string, string];
  const { rcode, answer, additional } = (await server.ask(name, type))!;
  const lines = rcode === 0 ? [] : [rcodeName(rcode)];
  for (const record of answer) lines.push(dataText(record));
  for (const record of additional) lines.push(`+ ${record.name} ${dataText(record)}`);
  return lines.sort();
}

function dataText({ type, data }: ResourceRecord): string {
  return `${typeName(type)} ${recordDataText(type, data)}`;
}
