import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, connect } from 'node:tls';
import type { PeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import type { Endpoint } from './endpoint.ts';

/** How an upstream is asked so that nobody else can read along. */
export interface Encryption {
  /** `tls`: DNS over TLS (RFC 7858); `https`: DNS over HTTPS (RFC 8484). */
  readonly scheme: 'tls' | 'https';
  /** Authorities to trust, and our own certificate if there is one. */
  readonly context: SecureContext;
  /** Name that the server's certificate must be for; undefined: the address. */
  readonly serverName: string | undefined;
  /** SHA-256 of public keys (SubjectPublicKeyInfo) in base64, one of which must be the server's; none: any. */
  readonly pins: readonly string[];
  /** How a DNS over HTTPS query is sent. */
  readonly method: 'GET' | 'POST';
}

/** Opens TLS connections to one upstream, each of which resumes the session of the one before it. */
export class TlsDialer {
  readonly endpoint: Endpoint;
  readonly encryption: Encryption;
  #protocols: string[];
  #session: Buffer | undefined;

  constructor(endpoint: Endpoint, encryption: Encryption) {
    this.endpoint = endpoint;
    this.encryption = encryption;
    this.#protocols = encryption.scheme === 'tls' ? ['dot'] : ['h2'];
  }

  /** A socket that emits `secureConnect` once the server has shown that it is the right one. */
  dial(): TLSSocket {
    const { address, port, sourceAddress } = this.endpoint;
    const { context, serverName, pins } = this.encryption;
    const socket = connect({
      host: address,
      port,
      secureContext: context,
      minVersion: 'TLSv1.2',
      ALPNProtocols: this.#protocols,
      checkServerIdentity: (_name, certificate) => identityError(serverName ?? address, pins, certificate),
      ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
      ...(this.#session === undefined ? {} : { session: this.#session }),
      ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress }),
    });
    socket.setNoDelay(true);
    socket.on('session', (session: Buffer) => {
      this.#session = session;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#session = undefined;
      // RFC 7858 asks for no protocol name. A server that has only others in its list gets none from then on.
      if (this.encryption.scheme === 'tls' && error.code === NO_PROTOCOL) this.#protocols = [];
    });
    socket.unref();
    return socket;
  }
}

const NO_PROTOCOL = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';

/**
 * Only the server's own key is compared with the pins: that it has this key the handshake has proved, the other
 * certificates that it sends along prove nothing.
 */
function identityError(
  name: string,
  pins: readonly string[],
  certificate: PeerCertificate,
): Error | undefined {
  const error = checkServerIdentity(name, certificate);
  if (error !== undefined || pins.length === 0) return error;
  const pin = publicKeyPin(certificate.raw);
  return pins.includes(pin) ? undefined : new Error(`tls: no tls_pin is for the server's key: ${pin}`);
}

/** The pin of a certificate in DER: SHA-256 of its SubjectPublicKeyInfo in base64 (RFC 7858, appendix A). */
export function publicKeyPin(certificate: Buffer): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}
