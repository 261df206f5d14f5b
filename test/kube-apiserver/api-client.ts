import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Credential } from './credentials.ts';
import { collectionPath, creationOrder, objectPath } from './object-path.ts';
import type { KubernetesObject } from './object-path.ts';

/** A response, its body not yet parsed. */
export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

/** A line of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject & { readonly code?: number; readonly message?: string };
}

/** What the API server said instead of doing it. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A client of the Kubernetes API in JSON, for tests to make objects with; one user, connections kept alive. */
export class ApiClient {
  readonly #server: URL;
  readonly #authorization: string | undefined;
  readonly #agent: Agent;

  /** `server` is `https://HOST:PORT`, `authority` the file of a certificate. */
  constructor(server: string, authority: string, credential: Credential) {
    this.#server = new URL(server);
    const [cert, key] = 'token' in credential ? [] : [credential.certificate, credential.key].map(readText);
    this.#authorization = 'token' in credential ? `Bearer ${credential.token}` : undefined;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca: readText(authority), cert, key });
  }

  create(object: KubernetesObject): Promise<KubernetesObject> {
    return this.#object('POST', collectionPath(object), object);
  }

  get(object: KubernetesObject): Promise<KubernetesObject> {
    return this.#object('GET', objectPath(object));
  }

  /** All objects of a path such as `/api/v1/services`. */
  async list(path: string): Promise<KubernetesObject[]> {
    const list = await this.#object('GET', path);
    return (list as unknown as { items: KubernetesObject[] }).items;
  }

  /** Replaces it whatever it was; keeps what the server insists on (its version, UID and cluster addresses). */
  async replace(object: KubernetesObject): Promise<KubernetesObject> {
    const old = await this.get(object);
    const metadata = { ...object.metadata, resourceVersion: old.metadata.resourceVersion };
    return this.#object('PUT', objectPath(object), { ...object, metadata });
  }

  /** A JSON merge patch (RFC 7396). */
  patch(object: KubernetesObject, changes: object): Promise<KubernetesObject> {
    return this.#object('PATCH', objectPath(object), changes, 'application/merge-patch+json');
  }

  /** The same for the subresource `status`. */
  patchStatus(object: KubernetesObject, status: unknown): Promise<KubernetesObject> {
    return this.#object('PATCH', `${objectPath(object)}/status`, { status }, 'application/merge-patch+json');
  }

  /** At once, also a pod on a node that nobody runs. */
  async delete(object: KubernetesObject): Promise<void> {
    await this.#object('DELETE', `${objectPath(object)}?gracePeriodSeconds=0`);
  }

  /** As `kubectl apply --server-side` does; with `dryRun` everything is checked and nothing kept. */
  apply(object: KubernetesObject, { dryRun = false } = {}): Promise<KubernetesObject> {
    const query = `fieldManager=test&fieldValidation=Strict&force=true${dryRun ? '&dryRun=All' : ''}`;
    return this.#object('PATCH', `${objectPath(object)}?${query}`, object, 'application/apply-patch+yaml');
  }

  /**
   * Creates objects as an API server has returned them, Namespaces first, then Services, then the rest, and sets their
   * status. What there is already is replaced. At most 16 at a time.
   */
  async createAll(objects: readonly KubernetesObject[]): Promise<void> {
    for (const group of creationOrder(objects)) {
      const waiting = [...group];
      const work = async (): Promise<void> => {
        for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) {
          await this.#ensure(object);
        }
      };
      await Promise.all(Array.from({ length: 16 }, work));
    }
  }

  /** A token of a ServiceAccount that exists, as kubelet asks for one: valid for an hour. */
  async serviceAccountToken(namespace: string, name: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const wanted = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    };
    const { status } = await this.#object('POST', path, wanted);
    return (status as { token: string }).token;
  }

  /** The events of a watch, until it ends or the loop over them is left; `path` has the query. */
  async *watch(path: string): AsyncGenerator<WatchEvent, void, undefined> {
    const response = await this.#send('GET', path);
    try {
      if (response.statusCode !== 200) throw new ApiError(response.statusCode!, await text(response));
      for await (const line of createInterface(response)) yield JSON.parse(line) as WatchEvent;
    } finally {
      response.destroy();
    }
  }

  /** Any request; does not throw for a status that is an error. */
  async raw(method: string, path: string, body?: object, type?: string): Promise<ApiResponse> {
    const response = await this.#send(method, path, body, type);
    return { status: response.statusCode!, body: await text(response) };
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ensure({ status, ...object }: KubernetesObject): Promise<void> {
    const metadata = Object.fromEntries(
      Object.entries(object.metadata).filter(([name]) => !serverSet.has(name)),
    );
    const wanted = { ...object, metadata: metadata as KubernetesObject['metadata'] };
    try {
      await this.create(wanted);
    } catch (error) {
      // The default Service's address is taken (422) before its name is (409).
      if ((await this.raw('GET', objectPath(wanted))).status !== 200) throw error;
      await this.replace(wanted);
    }
    if (status !== undefined && object.kind !== 'Namespace') await this.patchStatus(wanted, status);
    if (object.kind === 'CustomResourceDefinition') await this.#established(object);
  }

  /** A new resource is served a moment after its definition is there. */
  async #established({ spec }: KubernetesObject): Promise<void> {
    const { group, names, versions } = spec as CustomResourceDefinitionSpec;
    const path = `/apis/${group}/${versions[0]!.name}/${names.plural}`;
    while ((await this.raw('GET', path)).status !== 200) await pause(20);
  }

  async #object(method: string, path: string, body?: object, type?: string): Promise<KubernetesObject> {
    const response = await this.raw(method, path, body, type);
    if (response.status < 300) return JSON.parse(response.body) as KubernetesObject;
    throw new ApiError(response.status, `${method} ${path}: ${response.status} ${response.body}`);
  }

  #send(method: string, path: string, body?: object, type = 'application/json'): Promise<IncomingMessage> {
    const { hostname: host, port } = this.#server;
    const headers = {
      accept: 'application/json',
      'content-type': type,
      ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request({ host, port, method, path, headers, agent: this.#agent }, resolve);
      outgoing.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** Fields of ObjectMeta that are the API server's to set. */
const serverSet = new Set(['resourceVersion', 'uid', 'creationTimestamp', 'generation', 'managedFields']);

interface CustomResourceDefinitionSpec {
  readonly group: string;
  readonly names: { readonly plural: string };
  readonly versions: readonly { readonly name: string }[];
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
