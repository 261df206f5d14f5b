import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { sharedEndpoint, type HttpEndpoint } from '../../src/http/http-endpoint.ts';
import type { Plugin } from '../../src/plugin/plugin.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks 127.0.0.1 by HTTP, on a connection of its own unless an agent keeps one. */
export function httpGet(port: number, path: string, agent?: Agent): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, agent: agent ?? false }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (text: string) => (body += text));
      incoming.on('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers, body }));
    });
    outgoing.on('error', reject).end();
  });
}

/**
 * A stand-in for the plugin `pprof` that finds out which port `127.0.0.1:0` became: put `pprof` into the Corefile
 * of the test, and ask for `port` once the server runs.
 */
export class EndpointFinder implements Plugin<undefined> {
  readonly name = 'pprof';
  #endpoint: HttpEndpoint | undefined;

  parse(): undefined {
    return undefined;
  }

  setup(_options: undefined, controller: Parameters<Plugin<undefined>['setup']>[1]): undefined {
    this.#endpoint = sharedEndpoint(controller, { host: '127.0.0.1', port: 0 });
  }

  async port(): Promise<number> {
    const port = await this.#endpoint?.port();
    if (port === undefined) throw new Error('nobody listens on 127.0.0.1:0');
    return port;
  }
}
