import { endpointName } from '../../src/upstream/endpoint.ts';

/** A server that queries are forwarded to. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
  /** The file that names it, if one does. */
  readonly file?: string;
}

/** What is known when a query has come back. */
export interface Evidence {
  /** The address of whoever sent it back. */
  readonly sender: string;
  /** Where this server was asked first. */
  readonly listener: { readonly address: string; readonly port: number };
  readonly upstreams: readonly Upstream[];
  /** The addresses of this machine's interfaces, in text. */
  readonly ownAddresses: readonly string[];
}

/** systemd-resolved's two listeners (systemd-resolved.service(8)). */
const STUBS = ['127.0.0.53', '127.0.0.54'];
/** Where systemd-resolved writes which servers it asks itself. */
const WAY_OUT = '/run/systemd/resolve/resolv.conf';

/** Why queries come back, in words for the operator. */
export function causeOf({ sender, listener, upstreams, ownAddresses }: Evidence): string {
  for (const upstream of upstreams) {
    if (upstream.address === listener.address && upstream.port === listener.port) return itself(upstream);
    if (upstream.port === 53 && STUBS.includes(upstream.address)) {
      return `${place(upstream)} is the stub of systemd-resolved, which asks this server in turn; forward to ${WAY_OUT} instead`;
    }
  }
  const own = (address: string): boolean => isLoopback(address) || ownAddresses.includes(address);
  const mirror = upstreams.find(({ address, port }) => port === listener.port && own(address));
  if (mirror !== undefined) return itself(mirror);
  const where = own(sender) ? 'a resolver on this machine' : sender;
  return `${where} sends back what it was asked by this server, or by a server that this one asked`;
}

function itself(upstream: Upstream): string {
  return `${place(upstream)} is this server itself`;
}

function place({ address, port, file }: Upstream): string {
  return `the upstream ${endpointName(address, port)}${file === undefined ? '' : ` of ${file}`}`;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
