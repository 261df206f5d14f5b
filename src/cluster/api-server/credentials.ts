import type { SecureContext } from 'node:tls';
import type { Clock } from '../../plugin/clock.ts';
import { endpointCredentials } from './endpoint-credentials.ts';
import type { EndpointTls } from './endpoint-credentials.ts';
import { podCredentials } from './pod-credentials.ts';
import type { PodSurroundings } from './pod-credentials.ts';

/** Where the API server is, and what it knows us by. */
export interface ApiCredentials {
  /** The API server for people and metrics: `10.96.0.1:443`. */
  readonly name: string;
  /**
   * Which cluster they lead to, as far as can be known without asking: the server's URL, and a fingerprint of the
   * authorities that it is trusted by.
   * @throws {Error} that names the file that cannot be read
   */
  readonly cluster: string;
  /** Where objects of our own go: the pod's namespace, or that of the kubeconfig's context; '' where nobody says. */
  readonly namespace: string;
  /**
   * What holds for the next request; files are looked at again, tokens renewed.
   * @throws {Error} (or a promise that rejects with it) that tells which file or program failed
   */
  current(): ApiIdentity | Promise<ApiIdentity>;
  /**
   * What `current` goes by, as files say it, for comparison: a token, certificates. No program is asked.
   * @throws {Error} that names the file that cannot be read
   */
  readonly material: string;
  /** The server answered 401: nothing that is remembered may be used again unlooked at. */
  refused(): void;
}

export interface ApiIdentity {
  readonly endpoint: ApiEndpoint;
  /** Names in lower case: `authorization`, and who is to be impersonated. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a connection is made. The same object for as long as nothing of it changes. */
export interface ApiEndpoint {
  /** `https:` or `http:`. A path is put before that of every request. */
  readonly server: URL;
  /** Authorities to trust and our own certificate; undefined: the connection is not encrypted. */
  readonly context: SecureContext | undefined;
  /** Name that the server's certificate must be for; undefined: the host of `server`. */
  readonly serverName: string | undefined;
  /** Whether the server's certificate is verified. */
  readonly verified: boolean;
}

/** The Corefile's properties that say how the API server is reached. */
export interface CredentialsSource {
  /** URLs, of which the first counts; none: the API server of the cluster that this pod runs in. */
  readonly endpoints: readonly string[];
  readonly tls: EndpointTls | undefined;
  /** Wins over `endpoints`. An empty context is the current one of the file. */
  readonly kubeconfig: { readonly file: string; readonly context: string } | undefined;
}

/**
 * Reads the credentials that a Corefile asks for. `@kubernetes/client-node` is loaded for a kubeconfig only: it costs
 * 80 MB.
 * @throws {Error} rejects with one that says what was looked for, and where
 */
export async function readCredentials(
  source: CredentialsSource,
  clock: Clock,
  pod?: PodSurroundings,
): Promise<ApiCredentials> {
  if (source.kubeconfig !== undefined) {
    const { kubeconfigCredentials } = await import('./kubeconfig-credentials.ts');
    return kubeconfigCredentials(source.kubeconfig, clock);
  }
  const endpoint = source.endpoints[0];
  if (endpoint !== undefined) return endpointCredentials(endpoint, source.tls, clock);
  return podCredentials(clock, pod);
}
