import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

/**
 * The path of a user's `tokenFile` in the text of a kubeconfig, as seen from there; undefined where it has none.
 * Kubernetes' clients take it before `token`; `@kubernetes/client-node` 2.0.1 does not know it.
 */
export function tokenFileOf(file: string, text: string, user: string | undefined): string | undefined {
  const config = parse(text) as {
    users?: readonly { name?: unknown; user?: { tokenFile?: unknown } }[];
  } | null;
  const found = config?.users?.find(({ name }) => name === user)?.user?.tokenFile;
  return typeof found === 'string' && found !== '' ? resolve(dirname(file), found) : undefined;
}
