import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, rootCertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Clock } from '../../plugin/clock.ts';
import { clusterTitle } from './cluster-title.ts';
import type { ApiEndpoint } from './credentials.ts';
import { FollowedFile } from './followed-file.ts';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly certificate?: string;
  readonly key?: string;
  /** Absent: the authorities of the system. */
  readonly authorities?: string;
}

/** How a server is connected to whose certificates are in files that may change. */
export class FollowedEndpoint {
  readonly #server: URL;
  readonly #files: readonly (FollowedFile | undefined)[];
  #texts: readonly (string | undefined)[] = [];
  #endpoint: ApiEndpoint | undefined;

  /** @param server `http:` leaves the files alone */
  constructor(server: URL, files: CertificateFiles, clock: Clock) {
    this.#server = server;
    this.#files = [files.certificate, files.key, files.authorities].map((path) =>
      path === undefined || server.protocol === 'http:' ? undefined : new FollowedFile(path, clock),
    );
  }

  /**
   * A new object when a file has changed. A certificate and a key that do not fit, as while both are being replaced,
   * leave the last one.
   * @throws {Error} that names the file, where there is no last one
   */
  current(): ApiEndpoint {
    const texts = this.#files.map((file) => file?.text());
    if (this.#endpoint !== undefined && texts.every((text, index) => text === this.#texts[index]))
      return this.#endpoint;
    try {
      const context = this.#server.protocol === 'http:' ? undefined : this.#context(texts);
      this.#endpoint = { server: this.#server, context, serverName: undefined, verified: true };
    } catch (error) {
      if (this.#endpoint === undefined) throw error;
    }
    this.#texts = texts;
    return this.#endpoint;
  }

  /** See `ApiCredentials`. */
  get cluster(): string {
    return clusterTitle(this.#server, this.#files[2]?.text());
  }

  /** See `ApiCredentials`. */
  get material(): string {
    return this.#files.map((file) => file?.text()).join('\n');
  }

  /** The next `current` reads the files in any case. */
  forget(): void {
    for (const file of this.#files) file?.forget();
  }

  #context([cert, key, authorities]: readonly (string | undefined)[]): SecureContext {
    for (const [index, kind] of ['CERTIFICATE', 'PRIVATE KEY', 'CERTIFICATE'].entries())
      this.#expect(index, [cert, key, authorities][index], kind);
    const ca = authorities ?? systemAuthorities();
    try {
      // Broken authorities would be passed over without a word.
      if (authorities !== undefined) checkCertificate(authorities);
      return createSecureContext({ ca, minVersion: 'TLSv1.2', ...(cert && key ? { cert, key } : {}) });
    } catch (error) {
      const paths = this.#files.flatMap((file) => file?.path ?? []);
      throw new Error(`cannot use ${paths.join(', ')}: ${(error as Error).message}`, { cause: error });
    }
  }

  #expect(index: number, text: string | undefined, kind: string): void {
    if (text === undefined || text.includes(`${kind}-----`)) return;
    const { path } = this.#files[index]!;
    throw new Error(`cannot use ${path}: it holds no ${kind.toLowerCase()} in PEM form`);
  }
}

/** Images without a store of certificates fall back on the authorities that Mozilla trusts. */
export function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : [...rootCertificates];
}

/** @throws {Error} where the first certificate of a PEM file is broken */
function checkCertificate(pem: string): X509Certificate {
  return new X509Certificate(pem);
}
