import { hostname } from 'node:os';

/** The name of the cluster's node that this process is on: `NODE_NAME`, which a pod is given, or the machine's own. */
export function ownNode(): string {
  return process.env['NODE_NAME'] || hostname().toLowerCase();
}
