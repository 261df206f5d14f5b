import { generateKeyPairSync } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from './api-client.ts';
import { buildApiServer } from './build.ts';
import { CertificateAuthority } from './certificate-authority.ts';
import {
  ADMIN,
  COREDNS,
  COREDNS_LATER,
  kubeconfigText,
  ServiceAccountFolder,
  tokenFile,
} from './credentials.ts';
import type { Credential, User } from './credentials.ts';
import { advanceEtcd, compactEtcd, writeAllUnchecked, writeUnchecked } from './etcd.ts';
import type { ExternalEtcd } from './etcd.ts';
import type { KubernetesObject } from './object-path.ts';
import { lastingPort, ServerChild } from './server-child.ts';

/** How an API server is to run; all of it may be left out. */
export interface ApiServerOptions {
  /** Without it etcd 3.6 runs inside the API server's process, and is killed with it; the data stay. */
  readonly etcd?: ExternalEtcd;
  /** AlwaysAllow unless given. */
  readonly authorization?: 'AlwaysAllow' | 'RBAC';
  /** Users beside ADMIN, COREDNS and COREDNS_LATER. */
  readonly users?: readonly User[];
  /** More flags of kube-apiserver, each `--name=value`. */
  readonly flags?: readonly string[];
}

/** Kubernetes' own API server on 127.0.0.1, with its etcd, in a process and a folder of its own. */
export class ApiServer {
  readonly host = '127.0.0.1';
  /** HTTPS; stays the same when it restarts. */
  readonly port: number;
  readonly authority: CertificateAuthority;
  /** Where etcd speaks to clients. */
  readonly etcdUrl: string;
  readonly #folder: string;
  readonly #options: ApiServerOptions;
  readonly #clients: ApiClient[] = [];
  #child: ServerChild | undefined;
  #kubeconfigs = 0;

  private constructor(options: ApiServerOptions, port: number, etcdPort: number) {
    this.#options = options;
    this.port = port;
    this.etcdUrl = options.etcd?.url ?? `http://127.0.0.1:${etcdPort}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'signpost-kube-apiserver-'));
    this.authority = new CertificateAuthority(this.#folder);
    this.rotateCertificate();
    const users = [ADMIN, COREDNS, COREDNS_LATER, ...(options.users ?? [])];
    writeFileSync(this.#path('tokens.csv'), tokenFile(users));
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    writeFileSync(this.#path('service-account.key'), privateKey);
  }

  /** Starts one with no objects but its own, and resolves once it is ready. Builds it first where that is needed. */
  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    buildApiServer();
    const server = new ApiServer(options, await lastingPort(), await lastingPort());
    await server.launch();
    return server;
  }

  /** `https://127.0.0.1:PORT`. */
  get url(): string {
    return `https://${this.host}:${this.port}`;
  }

  /** What it wrote last. */
  get output(): string {
    return this.#child?.output ?? '';
  }

  /** Starts it again after `kill`, on the same port and data; resolves once it is ready. */
  async launch(): Promise<void> {
    const environment = { ETCD_DATA: this.#path('etcd'), ETCD_URL: this.etcdUrl };
    this.#child = new ServerChild('kube-apiserver', buildApiServer(), this.#flags(), environment);
    const client = this.client();
    await this.#child.ready(async () => (await client.raw('GET', '/readyz')).status === 200);
  }

  /** Ends it at once, as a machine's death does; connections to it are reset. */
  async kill(): Promise<void> {
    await this.#child?.end('SIGKILL');
  }

  /** Kills it and starts it again. */
  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  /** Restarts it so that every version that a client has seen before is too old (410). */
  async restartExpired(): Promise<void> {
    await advanceEtcd(this.etcdUrl);
    await this.compact();
    await this.restart();
  }

  /** Ends it for good and removes its folder. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Makes etcd forget old versions. The API server's watch cache may still know them: see the README. */
  async compact(): Promise<void> {
    await compactEtcd(this.etcdUrl);
  }

  /** Serves an object that it would never take from a client: its fields are not looked at. Watches show it. */
  async smuggle(object: KubernetesObject): Promise<void> {
    await writeUnchecked(this.etcdUrl, object);
  }

  /** The same for many, thousands a second: for worlds that are too large to create. */
  async smuggleAll(objects: readonly KubernetesObject[]): Promise<void> {
    await writeAllUnchecked(this.etcdUrl, objects);
  }

  /** A client that is this user; `server` is for a relay in front of this one. Closed by `stop`. */
  client(credential: Credential = ADMIN, server = this.url): ApiClient {
    const client = new ApiClient(server, this.authority.certificate, credential);
    this.#clients.push(client);
    return client;
  }

  /** Puts a new certificate in place, of the same authority unless given; the API server notices by itself. */
  rotateCertificate(authority = this.authority): void {
    const issued = authority.issueForServer('issued');
    for (const ending of ['key', 'crt'] as const) {
      copyFileSync(ending === 'key' ? issued.key : issued.certificate, this.#path(`server.${ending}.new`));
      renameSync(this.#path(`server.${ending}.new`), this.#path(`server.${ending}`));
    }
  }

  /** Writes a kubeconfig and returns its path; `server` is for a relay in front of this one. */
  kubeconfig(credential: Credential = ADMIN, server = this.url): string {
    const path = this.#path(`kubeconfig-${++this.#kubeconfigs}`);
    writeFileSync(path, kubeconfigText({ server, authority: this.authority.certificate, credential }));
    return path;
  }

  /**
   * The folder that a pod finds at /var/run/secrets/kubernetes.io/serviceaccount. KUBERNETES_SERVICE_HOST and
   * KUBERNETES_SERVICE_PORT are `host` and `port`.
   */
  inClusterFiles(user: { readonly token: string } = COREDNS): ServiceAccountFolder {
    const folder = mkdtempSync(this.#path('service-account-'));
    return new ServiceAccountFolder(folder, user.token, readFileSync(this.authority.certificate, 'utf8'));
  }

  #flags(): string[] {
    const key = this.#path('service-account.key');
    const flags = {
      'bind-address': this.host,
      'advertise-address': this.host,
      'secure-port': this.port,
      'tls-cert-file': this.#path('server.crt'),
      'tls-private-key-file': this.#path('server.key'),
      'client-ca-file': this.authority.certificate,
      'token-auth-file': this.#path('tokens.csv'),
      'authorization-mode': this.#options.authorization ?? 'AlwaysAllow',
      'service-account-key-file': key,
      'service-account-signing-key-file': key,
      'service-account-issuer': 'https://kubernetes.default.svc',
      // A pod would want a ServiceAccount, and a token mounted.
      'disable-admission-plugins': 'ServiceAccount',
      'endpoint-reconciler-type': 'none',
      'service-cluster-ip-range': '10.96.0.0/12,fd00:10:96::/108',
      v: 0,
    };
    const given = this.#options.etcd === undefined ? [] : [`--etcd-servers=${this.etcdUrl}`];
    const stock = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    return [...stock, ...given, ...(this.#options.flags ?? [])];
  }

  #path(name: string): string {
    mkdirSync(this.#folder, { recursive: true });
    return join(this.#folder, name);
  }
}
