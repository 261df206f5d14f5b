import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kubernetes } from '../../plugins/kubernetes/index.ts';
import { machineSources } from '../../plugins/kubernetes/machine-sources.ts';
import type { Sources } from '../../plugins/kubernetes/cluster-feed.ts';
import type { KubernetesOptions } from '../../plugins/kubernetes/options.ts';
import { setup as setUpKubernetes } from '../../plugins/kubernetes/setup.ts';
import type { Clock } from '../../src/plugin/clock.ts';
import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { plugins } from '../../src/plugin/registry.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { HeaderFlag, OptionCode } from '../../src/wire/codes.ts';
import { writeOptions } from '../../src/wire/edns.ts';
import { listenOnLoopback } from '../kit/loopback.ts';
import { startServer } from '../kit/server.ts';
import type { AskOptions, TestServer } from '../kit/server.ts';
import type { RecordedAnswer } from './recorded-answer.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** A question and what CoreDNS answered; see README.md. */
export interface Row {
  readonly q: string;
  readonly t: string;
  readonly c?: string;
  readonly edns?: number;
  readonly do?: boolean;
  readonly version?: number;
  readonly nsid?: boolean;
  readonly tcp?: boolean;
  readonly src?: string;
  readonly rd?: boolean;
  readonly cd?: boolean;
  readonly ad?: boolean;
  readonly a: RecordedAnswer;
}

/** The names of all scenarios that have answers here. */
export function scenarios(): string[] {
  const files = readdirSync(`${folder}answers`).filter((file) => file.endsWith('.jsonl'));
  return files.map((file) => file.slice(0, -'.jsonl'.length)).sort();
}

/** The rows of a scenario. */
export function readRows(scenario: string): Row[] {
  const lines = readFileSync(`${folder}answers/${scenario}.jsonl`, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}

/** Where a scenario's cluster comes from: the manifests of its world, or an API server that holds the same objects. */
export interface ScenarioCluster {
  readonly clock: Clock;
  readonly connect: Sources['connect'];
}

/** Starts a server as the scenario wants it. The upstream, where it has one, is a server block on real sockets. */
export async function startScenario(scenario: string, cluster?: ScenarioCluster): Promise<TestServer> {
  const file = `${folder}corefiles/${scenario}.corefile`;
  const text = readFileSync(file, 'utf8').replaceAll('@UPSTREAMBLOCK@', upstreamBlock);
  const sockets = text.includes('@UPSTREAM@') ? await listenOnLoopback() : [];
  const upstreamPort = sockets[0]?.port ?? 0;
  try {
    const kube = cluster === undefined ? `manifests ${folder}world.yaml` : '';
    return await startServer(corefile(text.replaceAll('@KUBE@', kube), upstreamPort), {
      file,
      ...(cluster !== undefined && { clock: cluster.clock }),
      environment: { ORACLE_ENV_ADDRESS: '192.0.2.200' },
      plugins: new Map(plugins).set('kubernetes', recordedMachine(cluster?.connect)),
      sockets: new Map(sockets.map((socket) => [socket.port, sockets])),
    });
  } catch (error) {
    for (const socket of sockets) await socket.close(0);
    throw error;
  }
}

/** What is asked, in a few words; what is as usual is left out. */
export function questionTitle(row: Row): string {
  const options = ['c', 'edns', 'do', 'version', 'nsid', 'tcp', 'src', 'rd', 'cd', 'ad'] as const;
  const words = options.flatMap((name) => {
    const value = row[name];
    if (value === undefined || (value === false && name !== 'rd')) return [];
    return value === true ? name : `${name}=${String(value)}`;
  });
  return [row.q, row.t, ...words].join(' ');
}

/** How the kit asks a row's question. */
export function askOptions(row: Row): AskOptions {
  const flags =
    (row.rd === false ? 0 : HeaderFlag.RD) | (row.cd ? HeaderFlag.CD : 0) | (row.ad ? HeaderFlag.AD : 0);
  const options = writeOptions(row.nsid ? [{ code: OptionCode.NSID, data: new Uint8Array(0) }] : []);
  const edns = { udpSize: row.edns ?? 0, dnssecOk: row.do ?? false, version: row.version ?? 0, options };
  return {
    flags,
    class: row.c ?? 'IN',
    protocol: row.tcp ? 'tcp' : 'udp',
    from: row.src ?? '127.0.0.1',
    ...(row.edns !== undefined && { edns }),
  };
}

function upstreamBlock(): string {
  return readFileSync(`${folder}corefiles/upstream.block`, 'utf8');
}

function corefile(text: string, upstreamPort: number): string {
  const words: Record<string, string> = {
    '@ZONE@': 'cluster.local',
    '@ZONEQ@': 'cluster\\.local',
    '@DIR@': `${folder}files`,
    '@PORT@': '53',
    '@UPSTREAM@': String(upstreamPort),
    '@PORT1@': '0',
    '@PORT2@': '0',
    '@PORT3@': '0',
    '@NS1@': 'prod',
    '@SVC1@': 'web',
  };
  let filled = text;
  for (const [placeholder, value] of Object.entries(words)) filled = filled.replaceAll(placeholder, value);
  return filled;
}

/** The plugin on a machine with the addresses of the one that was recorded. */
function recordedMachine(connect = machineSources.connect): AnyPlugin {
  const addresses = ['192.0.2.2', 'fd00::2', 'fe80::fc:ff:fe00:1'].map((text) => addressBytes(text)!);
  const machine = { localAddresses: () => addresses, ...machineSources, connect };
  return {
    ...kubernetes,
    setup: (options, controller) => setUpKubernetes(options as KubernetesOptions, controller, machine),
  };
}
