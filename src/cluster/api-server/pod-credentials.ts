import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../plugin/clock.ts';
import type { ApiCredentials, ApiIdentity } from './credentials.ts';
import { FollowedEndpoint } from './followed-endpoint.ts';
import { FollowedFile } from './followed-file.ts';

/** What Kubernetes gives to every pod. */
export interface PodSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder with `token`, `ca.crt` and `namespace`. */
  readonly serviceAccount: string;
}

/** What this process finds around itself. */
export const thisPod: PodSurroundings = {
  environment: process.env,
  serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
};

/**
 * The credentials of the pod that we run in: the token of its service account, followed as it rotates, and the
 * authority of the cluster.
 * @throws {Error} that says what is missing of a pod's surroundings
 */
export function podCredentials(clock: Clock, pod: PodSurroundings = thisPod): ApiCredentials {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = pod.environment;
  if (!host || !port)
    throw new Error(
      'this is no pod of a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; ' +
        'elsewhere say kubeconfig FILE, endpoint URL or manifests PATH',
    );
  const name = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(`https://${name}`))
    throw new Error(`KUBERNETES_SERVICE_HOST '${host}' and KUBERNETES_SERVICE_PORT '${port}' are no address`);
  const credentials = new PodCredentials(name, pod.serviceAccount, clock);
  credentials.current();
  return credentials;
}

class PodCredentials implements ApiCredentials {
  readonly name: string;
  readonly #endpoint: FollowedEndpoint;
  readonly #token: FollowedFile;
  readonly #namespace: FollowedFile;

  constructor(name: string, folder: string, clock: Clock) {
    this.name = name;
    const files = { authorities: join(folder, 'ca.crt') };
    this.#endpoint = new FollowedEndpoint(new URL(`https://${name}`), files, clock);
    this.#token = new FollowedFile(join(folder, 'token'), clock);
    this.#namespace = new FollowedFile(join(folder, 'namespace'), clock);
  }

  get cluster(): string {
    return this.#endpoint.cluster;
  }

  get namespace(): string {
    try {
      return this.#namespace.text().trim();
    } catch {
      return '';
    }
  }

  get material(): string {
    return `${this.#token.text()}\n${this.#endpoint.material}`;
  }

  current(): ApiIdentity {
    const authorization = `Bearer ${this.#token.text().trim()}`;
    return { endpoint: this.#endpoint.current(), headers: { authorization } };
  }

  refused(): void {
    this.#token.forget();
    this.#endpoint.forget();
  }
}
