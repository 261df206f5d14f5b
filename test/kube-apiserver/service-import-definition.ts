import type { KubernetesObject } from './object-path.ts';

/**
 * The custom resource ServiceImport of the Multi-Cluster Services API (KEP-1645), as far as DNS reads it; written for
 * these tests. `ApiClient.createAll` waits until it can be used.
 */
export const serviceImportDefinition: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'serviceimports.multicluster.x-k8s.io' },
  spec: {
    group: 'multicluster.x-k8s.io',
    scope: 'Namespaced',
    names: {
      kind: 'ServiceImport',
      listKind: 'ServiceImportList',
      plural: 'serviceimports',
      singular: 'serviceimport',
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: object({ spec: spec(), status: anything() }) },
      },
    ],
  },
};

function spec(): object {
  const port = object({ name: text(), protocol: text(), appProtocol: text(), port: { type: 'integer' } }, [
    'port',
  ]);
  return object({
    type: { ...text(), enum: ['ClusterSetIP', 'Headless'] },
    ips: { type: 'array', items: text() },
    ports: { type: 'array', items: port },
    sessionAffinity: text(),
  });
}

function object(properties: Record<string, object>, required: readonly string[] = []): object {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

function text(): object {
  return { type: 'string' };
}

function anything(): object {
  return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}
