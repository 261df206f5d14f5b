import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectionPath } from './object-path.ts';
import type { KubernetesObject } from './object-path.ts';
import { lastingPort, ServerChild } from './server-child.ts';

/**
 * Debian's etcd (3.4.23) in a process of its own, to be given to an API server: WatchList does not work with it, and
 * it outlives the API server. Needs `apt-get install etcd-server`.
 */
export class ExternalEtcd {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly #child: ServerChild;
  readonly #folder: string;

  private constructor(port: number, peerPort: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'signpost-etcd-'));
    const peers = `http://127.0.0.1:${peerPort}`;
    const flags = {
      'data-dir': this.#folder,
      'listen-client-urls': this.url,
      'advertise-client-urls': this.url,
      'listen-peer-urls': peers,
      'initial-advertise-peer-urls': peers,
      'initial-cluster': `default=${peers}`,
      'log-level': 'error',
    };
    this.#child = new ServerChild(
      'etcd',
      'etcd',
      Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    );
  }

  /** Starts one with no data, and resolves once it is healthy. */
  static async start(): Promise<ExternalEtcd> {
    requireEtcd();
    const etcd = new ExternalEtcd(await lastingPort(), await lastingPort());
    await etcd.#child.ready(async () => (await fetch(`${etcd.url}/health`)).ok);
    return etcd;
  }

  async stop(): Promise<void> {
    await this.#child.end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Forgets every version but the newest of each key: a list or watch of an older one is answered with 410. */
export async function compactEtcd(url: string): Promise<void> {
  const { header } = (await post(url, 'kv/range', { key: base64('signpost') })) as {
    header: { revision: string };
  };
  await post(url, 'kv/compaction', { revision: header.revision, physical: true });
}

/** Makes etcd's revision larger by a write that no API server shows to anybody. */
export async function advanceEtcd(url: string): Promise<void> {
  await post(url, 'kv/put', { key: base64('signpost'), value: base64('test') });
}

/**
 * Puts an object where the API server keeps its own, which serves it without a look at its fields: for names, addresses
 * and lengths that it would never take from a client.
 */
export async function writeUnchecked(url: string, object: KubernetesObject): Promise<void> {
  await post(url, 'kv/put', entry(object));
}

/** The same for many objects: thousands a second. */
export async function writeAllUnchecked(url: string, objects: readonly KubernetesObject[]): Promise<void> {
  for (let start = 0; start < objects.length; start += OPERATIONS) {
    const success = objects.slice(start, start + OPERATIONS).map((object) => ({ requestPut: entry(object) }));
    await post(url, 'kv/txn', { success });
  }
}

/** Replaces bytes of an object as it is stored (protobuf, once the API server wrote it) by as many others. */
export async function replaceStoredBytes(
  url: string,
  object: KubernetesObject,
  before: Buffer,
  after: Buffer,
): Promise<void> {
  const { key } = entry(object);
  const { kvs } = (await post(url, 'kv/range', { key })) as { kvs: readonly { value: string }[] };
  const value = Buffer.from(kvs[0]!.value, 'base64');
  const place = value.indexOf(before);
  if (place === -1 || before.length !== after.length) throw new Error('those bytes cannot be replaced');
  after.copy(value, place);
  await post(url, 'kv/put', { key, value: value.toString('base64') });
}

/** Puts in a transaction; etcd takes 128 and 1.5 MiB. */
const OPERATIONS = 100;

/** Where the API server keeps an object, and as what it reads it; it writes protobuf itself. */
function entry(object: KubernetesObject): { key: string; value: string } {
  const { namespace, name } = object.metadata;
  const resource = collectionPath(object).split('/').at(-1)!;
  const folder = resource === 'services' ? 'services/specs' : resource;
  const key = ['/registry', folder, ...(namespace === undefined ? [] : [namespace]), name].join('/');
  return { key: base64(key), value: base64(JSON.stringify(object)) };
}

/** By etcd's gRPC gateway, which speaks JSON. */
async function post(url: string, method: string, body: object): Promise<unknown> {
  const response = await fetch(`${url}/v3/${method}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd ${method}: ${response.status} ${await response.text()}`);
  return response.json();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function requireEtcd(): void {
  try {
    execFileSync('etcd', ['--version'], { stdio: 'ignore' });
  } catch {
    throw new Error('there is no `etcd` in the path: apt-get install etcd-server');
  }
}
