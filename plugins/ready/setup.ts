import { expectArguments, once, oneOf, unknownProperty } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { sharedEndpoint, type HttpHandler } from '../../src/http/http-endpoint.ts';
import { formatListenAddress, listenAddress, type ListenAddress } from '../../src/http/listen-address.ts';
import { Capability, GoodbyeTold, Readiness } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { ReadinessReport } from './readiness-report.ts';

const MODES = ['until-ready', 'continuously'] as const;
type Mode = (typeof MODES)[number];

export interface Options {
  readonly address: ListenAddress;
  readonly mode: Mode;
}

const DEFAULT_ADDRESS = ':8181';
const PROPERTIES = ['monitor'];
/** The mode counts for all server blocks; of several the last one wins. */
const MonitorMode: Capability<Mode> = new Capability('readiness mode');

/** Reads `ready [HOST:PORT] { monitor until-ready|continuously }`. */
export function parse(directives: readonly Directive[]): Options {
  const directive = once(directives);
  const [address = DEFAULT_ADDRESS] = expectArguments(directive, 0, 1, 'ready [HOST:PORT]');
  let mode: Mode = 'until-ready';
  for (const property of directive.block ?? []) {
    if (property.name !== 'monitor') unknownProperty(property, PROPERTIES);
    const [text] = expectArguments(property, 1, 1, `monitor ${MODES.join('|')}`);
    mode = oneOf(property, text!, MODES);
  }
  return { address: listenAddress(address, directive), mode };
}

/** Serves `/ready`. Checks are looked up when somebody asks, so those of later plugins and blocks count. */
export function setup(options: Options, controller: Controller): undefined {
  const { address, mode } = options;
  const endpoint = sharedEndpoint(controller, address);
  const report = new ReadinessReport();
  controller.offerToAll(MonitorMode, mode);
  controller.offerToAll(GoodbyeTold, true);

  const answer: HttpHandler = ({ query }) => {
    if (endpoint.draining) return { status: 503, body: 'Shutting down' };
    const checks = controller.askAll(Readiness);
    const continuously = controller.askAll(MonitorMode).at(-1) === 'continuously';
    const unready = report.unready(checks, continuously);
    const summary = unready.length === 0 ? 'OK' : unready.join(',');
    if (unready.length > 0) controller.log.info(`Plugins not ready: "${summary}"`);
    const details = query.has('verbose') ? report.details(checks) : '';
    return { status: unready.length === 0 ? 200 : 503, body: details + summary };
  };

  controller.onStart(async () => {
    endpoint.serve('/ready', answer);
    try {
      await endpoint.listen();
    } catch (error) {
      // As in CoreDNS no reason not to answer names.
      controller.log.error(`cannot listen on ${formatListenAddress(address)}: ${(error as Error).message}`);
    }
  });
  // Before the lameduck time of `health`, so that no new clients are sent here while it lasts.
  controller.onFinalShutdown(() => endpoint.drain());
  controller.onStop(() => endpoint.unserve('/ready', answer));
}
