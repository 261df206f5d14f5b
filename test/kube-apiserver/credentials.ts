import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateFiles } from './certificate-authority.ts';

/** Whom a bearer token stands for. */
export interface User {
  readonly token: string;
  readonly name: string;
  readonly groups: readonly string[];
}

/** May do everything, also under RBAC. */
export const ADMIN: User = { token: 'admin-token', name: 'admin', groups: ['system:masters'] };

/** The ServiceAccount `coredns` of kube-system, twice: for a token that rotates. */
export const COREDNS: User = { token: 'coredns-token', ...serviceAccount('kube-system', 'coredns') };
export const COREDNS_LATER: User = { ...COREDNS, token: 'coredns-token-of-later' };

/** The name and groups that a ServiceAccount's token stands for. */
export function serviceAccount(namespace: string, name: string): Omit<User, 'token'> {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { name: `system:serviceaccount:${namespace}:${name}`, groups };
}

/** The content of the file that --token-auth-file names: CSV of token, user, UID, groups. */
export function tokenFile(users: readonly User[]): string {
  return users.map(({ token, name, groups }) => `${token},${name},,"${groups.join(',')}"\n`).join('');
}

/** How a client says who it is. */
export type Credential = { readonly token: string } | CertificateFiles;

/** What a kubeconfig of one cluster, one user and one context says. */
export interface KubeconfigParts {
  /** `https://HOST:PORT`. */
  readonly server: string;
  /** The file of the authority's certificate. */
  readonly authority: string;
  readonly credential: Credential;
}

/** A kubeconfig in JSON, which is YAML as well; its context is called `test`. */
export function kubeconfigText({ server, authority, credential }: KubeconfigParts): string {
  const user =
    'token' in credential
      ? { token: credential.token }
      : { 'client-certificate': credential.certificate, 'client-key': credential.key };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': authority } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
  };
  return `${JSON.stringify(kubeconfig, undefined, 2)}\n`;
}

/** `/var/run/secrets/kubernetes.io/serviceaccount` as kubelet mounts it: files behind a symbolic link to a folder. */
export class ServiceAccountFolder {
  readonly path: string;
  #version = 0;

  constructor(path: string, token: string, authority: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    this.replace(token, authority);
    for (const name of ['token', 'ca.crt', 'namespace']) symlinkSync(join('..data', name), join(path, name));
  }

  /** Swaps all files at once as kubelet does, by renaming a link; the authority's certificate is PEM text. */
  replace(token: string, authority: string): void {
    const version = `..version-${++this.#version}`;
    mkdirSync(join(this.path, version));
    const files = { token, 'ca.crt': authority, namespace: 'kube-system' };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.path, version, name), text);
    symlinkSync(version, join(this.path, '..data_tmp'));
    renameSync(join(this.path, '..data_tmp'), join(this.path, '..data'));
    rmSync(join(this.path, `..version-${this.#version - 1}`), { recursive: true, force: true });
  }
}
