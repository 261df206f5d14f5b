import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, rootCertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';

/** Paths of PEM files, as clients are told them: `[CERT KEY] [CA]`. */
export interface TlsFiles {
  /** What we show to the server; undefined: nothing. */
  readonly certificate: string | undefined;
  /** The private key to it. */
  readonly key: string | undefined;
  /** The authorities to trust; undefined: those of the system. */
  readonly authorities: string | undefined;
}

/** No certificate of our own, and the authorities of the system. */
export const NO_TLS_FILES: TlsFiles = { certificate: undefined, key: undefined, authorities: undefined };

/** Tells the files of `tls`'s 0 to 3 arguments: nothing, CA, CERT KEY, or CERT KEY CA. */
export function tlsFiles(words: readonly string[]): TlsFiles {
  if (words.length === 1) return { ...NO_TLS_FILES, authorities: words[0] };
  return { certificate: words[0], key: words[1], authorities: words[2] };
}

/**
 * Reads the files.
 * @throws Error that names the file which is missing or is not what it should be
 */
export function openSecureContext(files: TlsFiles): SecureContext {
  const { certificate, key, authorities } = files;
  const ca = authorities === undefined ? systemAuthorities() : read(authorities, 'CERTIFICATE');
  if (certificate === undefined || key === undefined)
    return createSecureContext({ ca, minVersion: 'TLSv1.2' });
  const cert = read(certificate, 'CERTIFICATE');
  try {
    return createSecureContext({ ca, cert, key: read(key, 'PRIVATE KEY'), minVersion: 'TLSv1.2' });
  } catch (error) {
    if (!(error instanceof Error) || error.message.startsWith('cannot')) throw error;
    throw new Error(`cannot use ${certificate} with ${key}: ${error.message}`, { cause: error });
  }
}

function read(path: string, kind: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new Error(`cannot read ${path}: ${reason}`, { cause: error });
  }
  if (text.includes(`${kind}-----`)) return text;
  throw new Error(`cannot use ${path}: it holds no ${kind.toLowerCase()} in PEM form`);
}

/** Images without a store of certificates fall back on the authorities that Mozilla trusts. */
function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : [...rootCertificates];
}
