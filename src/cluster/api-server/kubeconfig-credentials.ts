import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster, User } from '@kubernetes/client-node';
import type { Clock } from '../../plugin/clock.ts';
import { clusterTitle } from './cluster-title.ts';
import type { ApiCredentials, ApiEndpoint, ApiIdentity } from './credentials.ts';
import { FollowedFile } from './followed-file.ts';
import { systemAuthorities } from './followed-endpoint.ts';
import { tokenFileOf } from './kubeconfig-token-file.ts';

/**
 * The credentials of a kubeconfig file: certificates, tokens, exec plugins, OpenID Connect. The file is followed.
 * @throws {Error} that names the file and what is wrong in it
 */
export function kubeconfigCredentials(
  { file, context }: { readonly file: string; readonly context: string },
  clock: Clock,
): ApiCredentials {
  const credentials = new KubeconfigCredentials(new FollowedFile(file, clock), context, clock);
  credentials.load();
  return credentials;
}

class KubeconfigCredentials implements ApiCredentials {
  name = '';
  readonly #file: FollowedFile;
  readonly #context: string;
  readonly #clock: Clock;
  #text = '';
  #config = new KubeConfig();
  #server = new URL('https://none');
  #tokenFile: FollowedFile | undefined;
  #endpoint: ApiEndpoint | undefined;
  /** Credentials that are being asked for. */
  #renewal: Promise<RequestOptions> | undefined;
  /** What `#endpoint` was made of. */
  #endpointMaterial = '';

  constructor(file: FollowedFile, context: string, clock: Clock) {
    this.#file = file;
    this.#context = context;
    this.#clock = clock;
  }

  /** Reads the file where it has changed. One that is broken, as while it is edited, leaves what the last one said. */
  load(): void {
    const text = this.#file.text();
    if (text === this.#text) return;
    try {
      this.#take(text);
    } catch (error) {
      if (this.name === '') throw error;
    }
    this.#text = text;
  }

  get cluster(): string {
    this.load();
    const isPlain = this.#server.protocol === 'http:';
    const authorities = isPlain ? undefined : this.#authorities(this.#config.getCurrentCluster()!);
    return clusterTitle(this.#server, authorities);
  }

  get namespace(): string {
    return this.#config.getContextObject(this.#config.getCurrentContext())?.namespace ?? '';
  }

  get material(): string {
    return `${this.#file.text()}\n${this.#tokenFile?.text()}`;
  }

  async current(): Promise<ApiIdentity> {
    this.load();
    const options = this.#server.protocol === 'http:' ? {} : await this.#renewed();
    const headers = readHeaders(options, this.#config.getCurrentUser(), this.#tokenFile?.text());
    return { endpoint: this.#follow(options), headers };
  }

  /** What was renewed may be refused all the same: the file is read anew, and exec plugins run again. */
  refused(): void {
    this.#file.forget();
    this.#tokenFile?.forget();
    this.#text = '';
  }

  #take(text: string): void {
    const config = new KubeConfig();
    try {
      config.loadFromFile(this.#file.path);
    } catch (error) {
      throw this.#wrong((error as Error).message, error);
    }
    this.#server = this.#readServer(config);
    this.name = this.#server.host;
    this.#config = config;
    this.#renewal = undefined;
    const tokenFile = tokenFileOf(this.#file.path, text, config.getCurrentUser()?.name);
    this.#tokenFile = tokenFile === undefined ? undefined : new FollowedFile(tokenFile, this.#clock);
  }

  /** One exec plugin runs for all who ask; it may take a minute, as people may have to log in. */
  #renewed(): Promise<RequestOptions> {
    const renewal = (this.#renewal ??= this.#secureOptions());
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(RENEWAL_LIMIT, () =>
        reject(this.#wrong(`no credentials within ${RENEWAL_LIMIT / 1000} s`)),
      );
      const done = (): void => {
        timer.cancel();
        if (this.#renewal === renewal) this.#renewal = undefined;
      };
      renewal.then(resolve, reject).finally(done);
    });
  }

  async #secureOptions(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (error) {
      const user = this.#config.getCurrentUser()?.name ?? '';
      throw this.#wrong(`no credentials for user '${user}': ${(error as Error).message.trim()}`, error);
    }
    return options;
  }

  #follow({ cert, key, passphrase }: RequestOptions): ApiEndpoint {
    const cluster = this.#config.getCurrentCluster()!;
    const ca = this.#server.protocol === 'http:' ? undefined : this.#authorities(cluster);
    const material = JSON.stringify([this.#server.href, cluster, ca, cert, key]);
    if (this.#endpoint !== undefined && material === this.#endpointMaterial) return this.#endpoint;
    this.#endpoint = {
      server: this.#server,
      context: undefined,
      serverName: cluster.tlsServerName,
      verified: !cluster.skipTLSVerify,
    };
    if (this.#server.protocol === 'https:') {
      const own = cert && key ? { cert, key, ...(passphrase ? { passphrase } : {}) } : {};
      try {
        const context = createSecureContext({ ca: ca ?? systemAuthorities(), minVersion: 'TLSv1.2', ...own });
        this.#endpoint = { ...this.#endpoint, context };
      } catch (error) {
        this.#endpoint = undefined;
        throw this.#wrong(`cannot use the certificates: ${(error as Error).message}`, error);
      }
    }
    this.#endpointMaterial = material;
    return this.#endpoint;
  }

  #authorities({ caFile, caData }: Cluster): string | undefined {
    if (caData) return Buffer.from(caData, 'base64').toString();
    if (!caFile) return undefined;
    try {
      return readFileSync(caFile, 'utf8');
    } catch (error) {
      throw this.#wrong(`certificate-authority: ${(error as Error).message}`, error);
    }
  }

  #readServer(config: KubeConfig): URL {
    if (this.#context !== '') config.setCurrentContext(this.#context);
    const name = config.getCurrentContext();
    const known = config.getContexts().map((context) => context.name);
    const choice = `its contexts are ${known.join(', ') || 'none'}`;
    if (!name) throw this.#wrong(`it has no current-context; ${choice}`);
    const context = config.getContextObject(name);
    if (context === null) throw this.#wrong(`it has no context '${name}'; ${choice}`);
    const cluster = config.getCurrentCluster();
    if (cluster === null)
      throw this.#wrong(`it has no cluster '${context.cluster}', which context '${name}' is of`);
    if (context.user && config.getCurrentUser() === null)
      throw this.#wrong(`it has no user '${context.user}', which context '${name}' is of`);
    if (cluster.proxyUrl)
      throw this.#wrong(`cluster '${cluster.name}' has a proxy-url, which is not supported`);
    const server = cluster.server.includes('://') ? cluster.server : `http://${cluster.server}`;
    if (URL.canParse(server) && /^https?:$/.test(new URL(server).protocol)) return new URL(server);
    throw this.#wrong(`the server '${cluster.server}' of cluster '${cluster.name}' is no URL`);
  }

  #wrong(reason: string, cause?: unknown): Error {
    return new Error(`kubeconfig ${this.#file.path}: ${reason}`, { cause });
  }
}

/** Milliseconds. */
const RENEWAL_LIMIT = 60_000;

/** Headers as the API server knows them, in lower case. */
function readHeaders(
  { headers = {}, auth }: RequestOptions,
  user: User | null,
  token: string | undefined,
): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) read[name.toLowerCase()] = String(value);
  const account = auth ?? (user?.username ? `${user.username}:${user.password ?? ''}` : undefined);
  if (account) read['authorization'] = `Basic ${Buffer.from(account).toString('base64')}`;
  else if (token) read['authorization'] = `Bearer ${token.trim()}`;
  else if (user?.token) read['authorization'] ??= `Bearer ${user.token.trim()}`;
  return read;
}
