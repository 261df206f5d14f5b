import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type {
  Http2SecureServer,
  Http2ServerRequest,
  SecureServerOptions,
  ServerHttp2Stream,
} from 'node:http2';
import { createServer as createSecureHttp1Server } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Server as SecureServer } from 'node:tls';
import type { TestCertificate } from './certificate.ts';

/** A request that came in. The test answers it: `response.writeHead(200, …)`, `write`, `end`. */
export interface ApiServerRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `2.0` or `1.1`. */
  readonly httpVersion: string;
  readonly response: ApiServerResponse;
  /** Resolves with what was sent along, once all of it is here. */
  readonly body: () => Promise<string>;
  /** The response's stream; undefined where this is not HTTP/2. */
  readonly stream: ServerHttp2Stream | undefined;
  /** The client has given it up, or the connection is gone. */
  readonly gone: () => boolean;
}

/** What HTTP/1.1's and HTTP/2's responses have in common. */
export interface ApiServerResponse {
  writeHead(status: number, headers?: Record<string, string>): unknown;
  write(piece: string | Uint8Array): boolean;
  end(last?: string | Uint8Array): unknown;
}

/** What the server speaks: HTTP/2 over TLS, HTTP/1.1 over TLS, or HTTP/1.1 without encryption. */
export type ApiServerProtocol = 'h2' | 'http/1.1' | 'plain';

/** An HTTP server on a loopback port that does as a test tells it. */
export class ScriptedApiServer {
  readonly port: number;
  /** Requests in the order of their arrival. */
  readonly requests: ApiServerRequest[] = [];
  /** Sockets that are open; their number ever is `connections`. */
  readonly sockets = new Set<Socket>();
  connections = 0;
  readonly #server: Server;

  constructor(server: Server, script: (request: ApiServerRequest) => void) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    });
    server.on('tlsClientError', () => undefined);
    server.on('request', (request: IncomingMessage | Http2ServerRequest, response: ServerResponse) => {
      const stream = 'stream' in request ? request.stream : undefined;
      let gone = false;
      response.on('close', () => (gone = true));
      response.on('error', () => undefined);
      const { method = '', url = '', headers, httpVersion } = request;
      const body = (): Promise<string> => text(request);
      const seen = { method, path: url, headers, httpVersion, response, body, stream, gone: () => gone };
      this.requests.push(seen);
      script(seen);
    });
  }

  /** `127.0.0.1:port`. */
  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Shows another certificate to those who connect from now on. */
  rotate({ certificate: cert, key }: TestCertificate): void {
    if (this.#server instanceof SecureServer) this.#server.setSecureContext({ cert, key });
  }

  /** Closes all connections, without a word. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.hangUp();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * @param script hears of every request when it arrives; the default leaves them waiting
 * @param clientAuthority in PEM: clients are asked for a certificate that this one has signed, and may do without
 */
export async function startScriptedApiServer(
  protocol: ApiServerProtocol,
  { certificate: cert, key }: TestCertificate,
  script: (request: ApiServerRequest) => void = () => undefined,
  clientAuthority?: string,
): Promise<ScriptedApiServer> {
  const clients = clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true };
  const server = open(protocol, { cert, key, ...clients, rejectUnauthorized: false }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new ScriptedApiServer(server, script);
}

function open(protocol: ApiServerProtocol, options: SecureServerOptions): Server | Http2SecureServer {
  if (protocol === 'plain') return createServer();
  if (protocol === 'http/1.1') return createSecureHttp1Server(options);
  const server = createSecureServer(options);
  server.on('sessionError', () => undefined);
  return server;
}
