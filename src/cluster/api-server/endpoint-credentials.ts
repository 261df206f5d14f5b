import type { Clock } from '../../plugin/clock.ts';
import type { ApiCredentials } from './credentials.ts';
import { FollowedEndpoint } from './followed-endpoint.ts';

/** `tls CERT KEY CA`: paths of PEM files. */
export interface EndpointTls {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/**
 * The credentials of `endpoint URL` and `tls CERT KEY CA`.
 * @param text without a scheme it is `https` where there is `tls`, else `http`, as Kubernetes' clients have it
 * @throws {Error} that names the URL or the file that cannot be used
 */
export function endpointCredentials(
  text: string,
  tls: EndpointTls | undefined,
  clock: Clock,
): ApiCredentials {
  const whole = text.includes('://') ? text : `${tls === undefined ? 'http' : 'https'}://${text}`;
  const server = URL.canParse(whole) ? new URL(whole) : undefined;
  if (server === undefined || !/^https?:$/.test(server.protocol) || server.hostname === '')
    throw new Error(`invalid endpoint '${text}'; expected a URL such as https://10.96.0.1:443`);
  const files =
    tls === undefined ? {} : { certificate: tls.certificate, key: tls.key, authorities: tls.authority };
  const endpoint = new FollowedEndpoint(server, files, clock);
  endpoint.current();
  return {
    name: server.host,
    namespace: '',
    get cluster() {
      return endpoint.cluster;
    },
    get material() {
      return endpoint.material;
    },
    current: () => ({ endpoint: endpoint.current(), headers: {} }),
    refused: () => endpoint.forget(),
  };
}
