import { ApiServer } from '../test/kube-apiserver/api-server.ts';
import type { KubernetesObject } from '../test/kube-apiserver/object-path.ts';
import {
  addressObject,
  asStored,
  namespaceObjects,
  SERVICES,
  serviceObject,
  sliceObject,
} from './cluster-objects.ts';

/**
 * Starts an API server that holds the cluster of cluster-objects.ts. Its objects are put into etcd, and the API server
 * began with them as it does when it restarts: to create them through the API takes minutes.
 */
export async function startClusterWorld(): Promise<ApiServer> {
  const server = await ApiServer.start();
  try {
    await server.smuggleAll(allObjects());
    await server.restart();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function allObjects(): KubernetesObject[] {
  const objects = namespaceObjects();
  for (let index = 0; index < SERVICES; index++) {
    objects.push(serviceObject(index), sliceObject(index));
    const address = addressObject(index);
    if (address !== undefined) objects.push(address);
  }
  return objects.map(asStored);
}
