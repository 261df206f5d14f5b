import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of a certificate and of its private key, in PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority for tests, by openssl(1): it signs the API server's certificates and those of clients. */
export class CertificateAuthority {
  /** The file of its own certificate. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #key: string;

  /** Makes the authority's key and certificate in a folder that exists. */
  constructor(folder: string) {
    this.#folder = folder;
    this.certificate = join(folder, 'ca.crt');
    this.#key = join(folder, 'ca.key');
    const request = ['req', '-x509', '-subj', '/CN=signpost test authority', '-days', '2', ...NEW_KEY];
    openssl([...request, '-keyout', this.#key, '-out', this.certificate]);
  }

  /** Writes NAME.crt and NAME.key: a certificate for the API server at 127.0.0.1 and localhost. */
  issueForServer(name: string): CertificateFiles {
    const names = 'subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost,DNS:kubernetes.default.svc';
    return this.#issue(name, '/CN=kube-apiserver', `${names}\nextendedKeyUsage=serverAuth`);
  }

  /** Writes NAME.crt and NAME.key: a certificate of a client, which is the user NAME in these groups. */
  issueForClient(name: string, groups: readonly string[]): CertificateFiles {
    const subject = [...groups.map((group) => `/O=${group}`), `/CN=${name}`].join('');
    return this.#issue(`client-${name.replaceAll(':', '-')}`, subject, 'extendedKeyUsage=clientAuth');
  }

  #issue(name: string, subject: string, extensions: string): CertificateFiles {
    const [certificate, key, request, additions] = ['crt', 'key', 'csr', 'cnf'].map((ending) =>
      join(this.#folder, `${name}.${ending}`),
    ) as [string, string, string, string];
    writeFileSync(additions, `${extensions}\n`);
    openssl(['req', '-subj', subject, ...NEW_KEY, '-keyout', key, '-out', request]);
    const authority = ['-CA', this.certificate, '-CAkey', this.#key, '-days', '1', '-extfile', additions];
    openssl(['x509', '-req', '-in', request, ...authority, '-out', certificate]);
    return { certificate, key };
  }
}

const NEW_KEY = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

function openssl(parameters: readonly string[]): void {
  execFileSync('openssl', parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
}
