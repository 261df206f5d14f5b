import { duration, expectArguments, unknownProperty } from '../../src/corefile/arguments.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { formatDuration } from '../../src/corefile/duration.ts';
import { sharedEndpoint, type HttpHandler } from '../../src/http/http-endpoint.ts';
import { formatListenAddress, listenAddress, type ListenAddress } from '../../src/http/listen-address.ts';
import { Lameduck } from '../../src/plugin/capability.ts';
import type { Timer } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import { SelfProbe } from './self-probe.ts';

export interface Options {
  readonly address: ListenAddress;
  /** Milliseconds that the process goes on answering after it was asked to end, at most; undefined: unsaid. */
  readonly lameduck: number | undefined;
}

const DEFAULT_ADDRESS: ListenAddress = { host: '', port: 8080 };
const PROPERTIES = ['lameduck'];
const PROBE_INTERVAL = 1000;

/** Reads `health [HOST:PORT] { lameduck DURATION }`; of what is said several times the last counts. */
export function parse(directives: readonly Directive[]): Options {
  let address = DEFAULT_ADDRESS;
  let lameduck: number | undefined;
  for (const directive of directives) {
    const [text] = expectArguments(directive, 0, 1, 'health [HOST:PORT]');
    if (text !== undefined) address = listenAddress(text, directive);
    for (const property of directive.block ?? []) {
      if (property.name !== 'lameduck') unknownProperty(property, PROPERTIES);
      lameduck = duration(property, expectArguments(property, 1, 1, 'lameduck DURATION')[0]!, { min: 0 });
    }
  }
  return { address, lameduck };
}

/** Serves `/health`, probes it once a second, and says how long the end of the process may be held up. */
export function setup(options: Options, controller: Controller): undefined {
  const { address, lameduck } = options;
  const endpoint = sharedEndpoint(controller, address);
  const probe = new SelfProbe(controller);
  let timer: Timer | undefined;
  const answer: HttpHandler = () => ({ status: 200, body: 'OK' });

  controller.onStart(async () => {
    endpoint.serve('/health', answer);
    try {
      await endpoint.listen();
    } catch (error) {
      const problem = (error as Error).message;
      throw new Error(`cannot listen on ${formatListenAddress(address)}: ${problem}`, { cause: error });
    }
    const port = await endpoint.port();
    timer = controller.clock.every(PROBE_INTERVAL, () => void probe.run(address.host, port!));
  });
  if (lameduck !== undefined) {
    const begin = (): void => controller.log.info(`Going into lameduck mode for ${formatDuration(lameduck)}`);
    controller.offerToAll(Lameduck, { limit: lameduck, begin });
  }
  controller.onStop(() => {
    timer?.cancel();
    probe.stop();
    endpoint.unserve('/health', answer);
  });
}
