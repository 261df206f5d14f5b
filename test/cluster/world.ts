import type { TestContext } from 'node:test';
import { ApiServer } from '../kube-apiserver/api-server.ts';
import type { ApiServerOptions } from '../kube-apiserver/api-server.ts';
import { ExternalEtcd } from '../kube-apiserver/etcd.ts';
import type { KubernetesObject } from '../kube-apiserver/object-path.ts';
import { Relay } from '../kube-apiserver/relay.ts';
import { Pod } from './pod.ts';

/** How an API server on its own etcd tells what there is, and how one on an etcd of its time does. */
export const listings: readonly (readonly [title: string, withExternalEtcd: boolean])[] = [
  ['with WatchList', false],
  ['with lists in pages', true],
];

/** Starts an etcd that does not know WatchList; it ends with the test. */
export async function startEtcd(context: TestContext): Promise<ExternalEtcd> {
  const etcd = await ExternalEtcd.start();
  context.after(() => etcd.stop());
  return etcd;
}

/** Starts an API server that ends with the test. */
export async function startApiServer(
  context: TestContext,
  objects: readonly KubernetesObject[],
  options: ApiServerOptions & { readonly withExternalEtcd?: boolean } = {},
): Promise<ApiServer> {
  const { withExternalEtcd, ...rest } = options;
  const etcd = withExternalEtcd === true ? { etcd: await startEtcd(context) } : {};
  const server = await ApiServer.start({ ...rest, ...etcd });
  context.after(() => server.stop());
  await server.client().createAll(objects);
  return server;
}

/** Starts a relay in front of an API server; it ends with the test. */
export async function startRelay(context: TestContext, server: ApiServer): Promise<Relay> {
  const relay = await Relay.start(server.port);
  context.after(() => relay.stop());
  return relay;
}

/**
 * Starts a pod with the API server's credentials for pods.
 * @param port where the API server is, or a relay in front of it
 */
export function startPod(
  context: TestContext,
  server: ApiServer,
  { port }: { readonly port: number } = server,
  properties: readonly string[] = [],
): Promise<Pod> {
  return Pod.start(context, { serviceAccount: server.inClusterFiles().path, apiPort: port, properties });
}
