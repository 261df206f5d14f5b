import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import type { Controller, Shared } from '../plugin/controller.ts';
import type { ListenAddress } from './listen-address.ts';

/** What a handler is told of a request. */
export interface HttpRequest {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What a handler answers. */
export interface HttpResponse {
  readonly status: number;
  /** `text/plain; charset=utf-8` when it is left out. */
  readonly contentType?: string;
  readonly body: string;
}

/** Answers GET and HEAD of one path. */
export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** How long running requests may take once the endpoint is closed, in milliseconds. */
const CLOSE_TIMEOUT = 1000;
/** A client that dawdles over its request is cut off, in milliseconds. */
const REQUEST_TIMEOUT = 5000;

/**
 * One HTTP listener for operators, shared by all that name its address: `/health`, `/ready`, `/metrics`.
 * Get it by `sharedEndpoint`, so that a reload hands it over without closing it.
 */
export class HttpEndpoint implements Shared {
  readonly #address: ListenAddress;
  /** For each path its handlers; the oldest answers: that of the configuration that serves. */
  readonly #handlers = new Map<string, HttpHandler[]>();
  #server: Promise<FastifyInstance> | undefined;
  #draining = false;

  constructor(address: ListenAddress) {
    this.#address = address;
  }

  /** Opens the listener, once; a try that failed may be repeated. Rejects with the system's error. */
  async listen(): Promise<void> {
    this.#server ??= this.#open();
    try {
      await this.#server;
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
  }

  /** The port that is listened on; undefined while it is not open. Differs from the address's where that says 0. */
  async port(): Promise<number | undefined> {
    const server = await this.#server;
    return (server?.server.address() as AddressInfo | null | undefined)?.port;
  }

  /**
   * Lets `handler` answer for `path` as soon as those before it are taken away. So at a reload the old configuration
   * answers until it ends, and one that fails to start has never answered.
   */
  serve(path: string, handler: HttpHandler): void {
    const handlers = this.#handlers.get(path);
    if (handlers === undefined) this.#handlers.set(path, [handler]);
    else handlers.push(handler);
  }

  /** Takes a handler away; others of the same path stay. */
  unserve(path: string, handler: HttpHandler): void {
    const left = this.#handlers.get(path)?.filter((other) => other !== handler) ?? [];
    if (left.length === 0) this.#handlers.delete(path);
    else this.#handlers.set(path, left);
  }

  /** Whether the process is about to end. Here, so that a reload that is under way does not forget it. */
  get draining(): boolean {
    return this.#draining;
  }

  /** The process is about to end: from now on each reply closes its connection. */
  drain(): void {
    this.#draining = true;
  }

  /** Closes idle connections at once, others after their reply or a second. */
  async close(): Promise<void> {
    const opening = this.#server;
    this.#server = undefined;
    this.#draining = true;
    const server = await opening?.catch(() => undefined);
    if (server === undefined) return;
    const timer = setTimeout(() => server.server.closeAllConnections(), CLOSE_TIMEOUT);
    await server.close();
    clearTimeout(timer);
  }

  async #open(): Promise<FastifyInstance> {
    const { host, port } = this.#address;
    if (host !== '') return this.#openOn(host, port);
    try {
      return await this.#openOn('::', port);
    } catch (error) {
      // A machine without IPv6.
      if (['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        return this.#openOn('0.0.0.0', port);
      }
      throw error;
    }
  }

  async #openOn(host: string, port: number): Promise<FastifyInstance> {
    // Only here: it takes a tenth of a second to load, and many Corefiles do without.
    const { fastify } = await import('fastify');
    const server = fastify({
      logger: false,
      forceCloseConnections: 'idle',
      return503OnClosing: false,
      requestTimeout: REQUEST_TIMEOUT,
      schemaController: withoutSchemas,
    });
    // In a hook, before a body is looked at: nobody here wants one. Fastify has no routes and so runs it for all.
    server.addHook('onRequest', async (request, reply) => {
      const url = request.url;
      const mark = url.indexOf('?');
      const path = mark < 0 ? url : url.slice(0, mark);
      if (this.#draining) reply.header('connection', 'close');
      const handler = this.#handlers.get(path)?.[0];
      if (handler === undefined) return reply.code(404).type(PLAIN_TEXT).send('404 page not found\n');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        return reply.code(405).header('allow', 'GET, HEAD').type(PLAIN_TEXT).send('method not allowed\n');
      }
      const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
      const { status, contentType = PLAIN_TEXT, body } = await handler({ path, query });
      if (this.#draining) reply.header('connection', 'close');
      return reply.code(status).type(contentType).send(body);
    });
    try {
      await server.listen({ host, port });
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }
}

/** The endpoint of an address; the same one for all plugins, server blocks and configurations that name it. */
export function sharedEndpoint(controller: Controller, address: ListenAddress): HttpEndpoint {
  const key = `http [${address.host.toLowerCase()}]:${address.port}`;
  return controller.share(key, () => new HttpEndpoint(address));
}

/** Nothing here has a schema, and the compilers for them are the most of what Fastify loads: 0.1 s and 5 MB. */
const withoutSchemas = { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } };

function noCompiler(): never {
  throw new Error('routes with schemas are not served here');
}

const PLAIN_TEXT = 'text/plain; charset=utf-8';
