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
  /** Where it arrived at this server. */
  readonly listener: { readonly address: string; readonly port: number };
  /** By way of whom it did. */
  readonly upstream: Upstream;
  /** The addresses of this machine's interfaces, in text. */
  readonly ownAddresses: readonly string[];
}

/** systemd-resolved's two listeners (systemd-resolved.service(8)). */
const STUBS = ['127.0.0.53', '127.0.0.54'];
/** Where systemd-resolved writes which servers it asks itself. */
const WAY_OUT = '/run/systemd/resolve/resolv.conf';

/** Why queries come back, in words for the operator. */
export function causeOf({ sender, listener, upstream, ownAddresses }: Evidence): string {
  const { address, port } = upstream;
  const own = (place: string): boolean => isLoopback(place) || ownAddresses.includes(place);
  const itself = `${place(upstream)} is this server itself`;
  if (address === listener.address && port === listener.port) return itself;
  if (port === 53 && STUBS.includes(address)) {
    return `${place(upstream)} is the stub of systemd-resolved, which asks this server in turn; forward to ${WAY_OUT} instead`;
  }
  if (port === listener.port && own(address)) return itself;
  if (sender === address) return `${place(upstream)} asks this server in turn`;
  const where = own(sender) ? 'a resolver on this machine' : sender;
  return `${place(upstream)} leads back: ${where} asks this server in turn`;
}

function place({ address, port, file }: Upstream): string {
  return `the upstream ${endpointName(address, port)}${file === undefined ? '' : ` of ${file}`}`;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
