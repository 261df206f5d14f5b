import { createHash } from 'node:crypto';

/** `ApiCredentials.cluster`. @param authorities PEM text; undefined: those of the system, or no encryption */
export function clusterTitle(server: URL, authorities: string | undefined): string {
  if (authorities === undefined) return server.href;
  return `${server.href} sha256:${createHash('sha256').update(authorities.trim()).digest('hex')}`;
}
