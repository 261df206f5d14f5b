import type { Clock } from '../../plugin/clock.ts';
import type { MetricRegistry } from '../../metrics/registry.ts';
import type { ApiConnection } from './api-connection.ts';
import type { ApiCredentials } from './credentials.ts';
import { LimitedConnection } from './limited-connection.ts';
import type { RequestLimits } from './limited-connection.ts';
import { MeasuredConnection, requestMetrics } from './measured-connection.ts';
import { ServerConnection } from './server-connection.ts';

export interface ApiConnectionOptions {
  readonly clock: Clock;
  /** Our own, for the header `User-Agent`. */
  readonly version: string;
  readonly metrics: MetricRegistry;
  readonly limits: RequestLimits;
}

/**
 * A connection to an API server that keeps to the limits and is measured. Nothing is connected before the first
 * request; a lost connection is made anew by the next one.
 */
export function openApiConnection(
  credentials: ApiCredentials,
  { clock, version, metrics, limits }: ApiConnectionOptions,
): ApiConnection {
  const counts = requestMetrics(metrics, credentials.name);
  const server = new ServerConnection(credentials, clock, {
    accept: 'application/vnd.kubernetes.protobuf, application/json',
    'user-agent': `signpost/${version} (${process.platform}/${process.arch})`,
  });
  return new MeasuredConnection(new LimitedConnection(server, limits, clock, counts.wait), counts, clock);
}
