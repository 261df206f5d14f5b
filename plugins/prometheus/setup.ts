import { expectArguments, once, unknownProperty } from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive } from '../../src/corefile/corefile.ts';
import { sharedEndpoint, type HttpHandler } from '../../src/http/http-endpoint.ts';
import { formatListenAddress, listenAddress, type ListenAddress } from '../../src/http/listen-address.ts';
import { serverMetrics } from '../../src/metrics/server-metrics.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { PrometheusHandler } from './handler.ts';

export interface Options {
  readonly address: ListenAddress;
  /** Also show what Node tells of itself. */
  readonly runtime: boolean;
}

const DEFAULT_ADDRESS = 'localhost:9153';
const PROPERTIES = ['runtime_metrics', 'tls'];

/** Reads `prometheus [HOST:PORT] { runtime_metrics }`. */
export function parse(directives: readonly Directive[]): Options {
  const directive = once(directives);
  const [address = DEFAULT_ADDRESS] = expectArguments(directive, 0, 1, 'prometheus [HOST:PORT]');
  let runtime = false;
  for (const property of directive.block ?? []) {
    if (property.name === 'tls') {
      throw new CorefileError(property, "property 'tls' is not in this version yet");
    }
    if (property.name !== 'runtime_metrics') unknownProperty(property, PROPERTIES);
    expectArguments(property, 0, 0);
    runtime = true;
  }
  return { address: listenAddress(address, directive), runtime };
}

/** Serves `/metrics`, and counts the block's queries. */
export function setup(options: Options, controller: Controller): PrometheusHandler {
  const { address, runtime } = options;
  const endpoint = sharedEndpoint(controller, address);
  const answer: HttpHandler = async () => ({
    status: 200,
    ...(await controller.metrics.expose({ runtime })),
  });
  controller.onStart(async () => {
    endpoint.serve('/metrics', answer);
    try {
      await endpoint.listen();
    } catch (error) {
      // Names are answered all the same; CoreDNS, too, goes on without metrics.
      controller.log.error(`cannot listen on ${formatListenAddress(address)}: ${(error as Error).message}`);
    }
  });
  controller.onStop(() => endpoint.unserve('/metrics', answer));
  return new PrometheusHandler(serverMetrics(controller.metrics), controller.clock);
}
