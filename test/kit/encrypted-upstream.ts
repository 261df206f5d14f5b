import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { readMessage } from '../../src/wire/message.ts';
import type { TestCertificate } from './certificate.ts';
import { readStream } from './scripted-upstream.ts';
import type { ReceivedQuery, Script } from './scripted-upstream.ts';

/** A query that came by DNS over HTTPS also tells how it was asked. */
export interface ReceivedSecretly extends ReceivedQuery {
  /** The name that the client asked the server to be; false: none. */
  readonly serverName: string | false | null;
  /** The protocol that ALPN agreed on (RFC 7301). */
  readonly alpn: string | false | null;
  /** TLS version, such as `TLSv1.3`. */
  readonly version: string | null;
  readonly resumed: boolean;
  /** Headers of a DNS over HTTPS request. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** A DNS over TLS or DNS over HTTPS server on a loopback port that does as a test tells it. */
export class EncryptedUpstream {
  readonly port: number;
  readonly received: ReceivedSecretly[] = [];
  script: Script;
  /** What the next DNS over HTTPS responses are like. */
  status = 200;
  contentType = 'application/dns-message';
  /** Handshakes that came to their end. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();
  readonly #expected: { readonly reached: () => boolean; readonly resolve: () => void }[] = [];

  constructor(server: Server, script: Script) {
    this.#server = server;
    this.script = script;
    this.port = (server.address() as AddressInfo).port;
    server.on('secureConnection', (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      this.#tell();
    });
    server.on('tlsClientError', () => undefined);
  }

  /** `127.0.0.1:port`. */
  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Resolves once so many queries have come in, counted from the start. */
  queries(count: number): Promise<void> {
    return this.#until(() => this.received.length >= count);
  }

  /** Resolves once so many connections have been made, counted from the start. */
  connected(count: number): Promise<void> {
    return this.#until(() => this.connections >= count);
  }

  /** Closes all connections. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  receive(query: ReceivedSecretly): void {
    this.received.push(query);
    this.#tell();
    for (const reply of this.script(query)) query.answer(reply);
  }

  async close(): Promise<void> {
    this.hangUp();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #until(reached: () => boolean): Promise<void> {
    if (reached()) return Promise.resolve();
    return new Promise((resolve) => this.#expected.push({ reached, resolve }));
  }

  #tell(): void {
    for (const { reached, resolve } of this.#expected) if (reached()) resolve();
  }
}

/** How a server is to behave in its handshakes. */
export interface TlsBehaviour {
  /** Protocols of its ALPN list; undefined: it has none. */
  readonly protocols?: readonly string[];
  /** In PEM; a client must show a certificate that this one has signed. */
  readonly clientAuthority?: string;
}

/** Starts a DNS over TLS server. */
export async function startTlsUpstream(
  { certificate, key }: TestCertificate,
  script: Script,
  { protocols, clientAuthority }: TlsBehaviour = {},
): Promise<EncryptedUpstream> {
  const server = createServer({
    cert: certificate,
    key,
    ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }),
    ...(clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true }),
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = new EncryptedUpstream(server, script);
  server.on('secureConnection', (socket) =>
    readStream(socket, (packet, answer) =>
      upstream.receive({ ...seen(socket, packet), answer, hangUp: () => void socket.destroy() }),
    ),
  );
  return upstream;
}

/** Starts a DNS over HTTPS server that speaks HTTP/2 only. */
export async function startHttpsUpstream(
  { certificate, key }: TestCertificate,
  script: Script,
): Promise<EncryptedUpstream> {
  const server = createSecureServer({ cert: certificate, key }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = new EncryptedUpstream(server, script);
  server.on('request', (request, response) => readRequest(request, response, upstream));
  return upstream;
}

function readRequest(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  upstream: EncryptedUpstream,
): void {
  const chunks: Buffer[] = [];
  request.on('data', (bytes: Buffer) => chunks.push(bytes));
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  request.on('end', () => {
    const inPath = new URL(request.url, 'https://test').searchParams.get('dns');
    const packet = inPath === null ? Buffer.concat(chunks) : Buffer.from(inPath, 'base64url');
    const socket = request.stream.session!.socket as TLSSocket;
    upstream.receive({
      ...seen(socket, packet),
      headers: request.headers,
      answer: (reply) => {
        response.writeHead(upstream.status, { 'content-type': upstream.contentType });
        response.end(reply);
      },
      hangUp: () => request.stream.session?.destroy(),
    });
  });
}

function seen(socket: TLSSocket, packet: Buffer): Omit<ReceivedSecretly, 'answer' | 'hangUp'> {
  return {
    message: readMessage(packet),
    packet,
    protocol: 'tcp',
    port: socket.remotePort ?? 0,
    serverName: (socket as { servername?: string | false | null }).servername ?? null,
    alpn: socket.alpnProtocol,
    version: socket.getProtocol(),
    resumed: socket.isSessionReused(),
  };
}
