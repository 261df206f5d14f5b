import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlugin } from '../../test/kit/parse.ts';
import { kubernetes } from './index.ts';
import type { KubernetesOptions } from './options.ts';

const defaults: KubernetesOptions = {
  zones: ['cluster.local.'],
  primaryZone: 'cluster.local.',
  multicluster: [],
  manifests: [],
  snapshot: undefined,
  serviceNetworks: [],
  apiServer: {
    endpoints: [],
    tls: undefined,
    kubeconfig: undefined,
    qps: undefined,
    burst: undefined,
    maximumInFlight: undefined,
  },
  namespaces: undefined,
  namespaceLabels: '',
  labels: '',
  pods: 'disabled',
  endpointPodNames: false,
  endpoints: true,
  ignoreEmptyService: false,
  zonal: false,
  ttl: 5,
  fallthrough: undefined,
  startupTimeout: 5000,
};
const api = defaults.apiServer;

const good: { text: string; zones?: string; options: Partial<KubernetesOptions> }[] = [
  { text: 'kubernetes cluster.local', options: {} },
  { text: 'kubernetes', zones: 'cluster.local', options: {} },
  {
    text: 'kubernetes in-addr.arpa Cluster.Local 10.0.0.0/15',
    options: { zones: ['in-addr.arpa.', 'cluster.local.', '0.10.in-addr.arpa.', '1.10.in-addr.arpa.'] },
  },
  { text: 'manifests a b\nmanifests c', options: { manifests: ['a', 'b', 'c'] } },
  {
    text: 'service_cidr 10.0.0.0/24 fd00::/112',
    options: { serviceNetworks: ['10.0.0.0/24', 'fd00::/112'] },
  },
  {
    text: 'endpoint https://a https://b',
    options: { apiServer: { ...api, endpoints: ['https://a', 'https://b'] } },
  },
  {
    text: 'tls cert key ca',
    options: { apiServer: { ...api, tls: { certificate: 'cert', key: 'key', authority: 'ca' } } },
  },
  { text: 'snapshot file', options: { snapshot: 'file' } },
  { text: 'kubeconfig file', options: { apiServer: { ...api, kubeconfig: { file: 'file', context: '' } } } },
  {
    text: 'kubeconfig file it',
    options: { apiServer: { ...api, kubeconfig: { file: 'file', context: 'it' } } },
  },
  { text: 'apiserver_qps 2.5', options: { apiServer: { ...api, qps: 2.5 } } },
  { text: 'apiserver_qps 0', options: {} },
  { text: 'apiserver_burst 20', options: { apiServer: { ...api, burst: 20 } } },
  { text: 'apiserver_max_inflight 3', options: { apiServer: { ...api, maximumInFlight: 3 } } },
  { text: 'namespaces a b\nnamespaces C', options: { namespaces: new Set(['a', 'b', 'C']) } },
  { text: 'namespace_labels tier=live', options: { namespaceLabels: 'tier=live' } },
  { text: 'labels environment in (a, b),app', options: { labels: 'environment in (a, b),app' } },
  { text: 'pods verified', options: { pods: 'verified' } },
  { text: 'endpoint_pod_names', options: { endpointPodNames: true } },
  { text: 'ttl 0', options: { ttl: 0 } },
  { text: 'ttl 3600 and more', options: { ttl: 3600 } },
  { text: 'noendpoints', options: { endpoints: false } },
  { text: 'fallthrough', options: { fallthrough: ['.'] } },
  { text: 'fallthrough IN-ADDR.ARPA a.b', options: { fallthrough: ['in-addr.arpa.', 'a.b.'] } },
  { text: 'ignore empty_service', options: { ignoreEmptyService: true } },
  { text: 'ignore', options: {} },
  { text: 'multicluster CLUSTER.local', options: { multicluster: ['cluster.local.'] } },
  { text: 'zonal', options: { zonal: true } },
  { text: 'startup_timeout 1m', options: { startupTimeout: 60_000 } },
];
for (const { text, zones, options } of good) {
  test(`takes '${text.replaceAll('\n', ' / ')}'`, () => {
    const directive = text.startsWith('kubernetes') ? text : `kubernetes cluster.local {\n${text}\n}`;
    assert.deepEqual(parsePlugin(kubernetes, directive, zones), { ...defaults, ...options });
  });
}

const bad: { text: string; zones?: string; error: RegExp }[] = [
  {
    text: 'kubernetes in-addr.arpa 10.0.0.0/8',
    error: /^Corefile:2: non-reverse zone name must be used; expected/,
  },
  { text: 'kubernetes', zones: '10.0.0.0/8', error: /^Corefile:2: non-reverse zone name must be used/ },
  {
    text: 'kubernetes a\nkubernetes b',
    error: /^Corefile:3: this plugin can only be used once per Server Block/,
  },
  {
    text: 'manifest x',
    error: /^Corefile:3: unknown property 'manifest'; did you mean 'manifests'\?; valid are/,
  },
  {
    text: 'snapshot a\nmanifests b',
    error:
      /^Corefile:2: snapshot keeps what an API server told, so it cannot be set together with manifests;/,
  },
  { text: 'snapshot', error: /^Corefile:3: wrong argument count .* expected snapshot FILE$/ },
  { text: 'manifests', error: /^Corefile:3: wrong argument count .* expected manifests PATH\.\.\.$/ },
  { text: 'service_cidr', error: /expected service_cidr CIDR\.\.\.$/ },
  {
    text: 'service_cidr 10.96.0.0',
    error: /service_cidr '10\.96\.0\.0' is not an address and a prefix length/,
  },
  { text: 'service_cidr 10.96.0.0/33', error: /service_cidr '10\.96\.0\.0\/33' is not/ },
  { text: 'endpoint', error: /expected endpoint URL\.\.\.$/ },
  { text: 'tls a b', error: /expected tls CERT KEY CACERT$/ },
  { text: 'tls a b c d', error: /expected tls CERT KEY CACERT$/ },
  { text: 'kubeconfig', error: /expected kubeconfig FILE \[CONTEXT\]$/ },
  { text: 'kubeconfig a b c', error: /expected kubeconfig FILE \[CONTEXT\]$/ },
  { text: 'apiserver_qps', error: /expected apiserver_qps NUMBER$/ },
  { text: 'apiserver_qps many', error: /invalid apiserver_qps 'many'; expected a number of at least 0/ },
  { text: 'apiserver_qps -1', error: /invalid apiserver_qps '-1'; expected a number of at least 0/ },
  { text: 'apiserver_qps ""', error: /invalid apiserver_qps ''; expected a number of at least 0/ },
  {
    text: 'apiserver_burst 1.5',
    error: /invalid apiserver_burst '1\.5'; expected a whole number of at least 0/,
  },
  { text: 'apiserver_burst 1 2', error: /expected apiserver_burst NUMBER$/ },
  {
    text: 'apiserver_max_inflight -1',
    error: /invalid apiserver_max_inflight '-1'; expected a whole number/,
  },
  { text: 'namespaces', error: /expected namespaces NAMESPACE\.\.\.$/ },
  { text: 'namespace_labels', error: /expected namespace_labels SELECTOR$/ },
  { text: 'namespace_labels a in b', error: /^Corefile:3: invalid namespace_labels 'a in b': / },
  { text: 'labels', error: /expected labels SELECTOR$/ },
  { text: 'labels =', error: /^Corefile:3: invalid labels '=': / },
  { text: 'namespaces a\nnamespace_labels b', error: /namespaces and namespace_labels cannot both be set/ },
  { text: 'pods', error: /expected pods disabled\|insecure\|verified$/ },
  { text: 'pods verified insecure', error: /expected pods disabled\|insecure\|verified$/ },
  {
    text: 'pods verifed',
    error: /invalid pods 'verifed'; did you mean 'verified'\?; expected one of disabled, /,
  },
  { text: 'endpoint_pod_names on', error: /expected endpoint_pod_names alone$/ },
  { text: 'ttl', error: /expected ttl SECONDS$/ },
  { text: 'ttl 3601', error: /invalid ttl '3601'; expected a whole number from 0 to 3600/ },
  { text: 'ttl -1', error: /invalid ttl '-1'; expected a whole number from 0 to 3600/ },
  { text: 'noendpoints x', error: /expected noendpoints alone$/ },
  { text: 'ignore all', error: /invalid ignore 'all'; expected one of empty_service/ },
  { text: 'multicluster other', error: /'other\.'; expected some of cluster\.local\./ },
  { text: 'zonal x', error: /expected zonal alone$/ },
  { text: 'zonal\nnoendpoints', error: /^Corefile:2: zonal needs endpoints/ },
  { text: 'startup_timeout', error: /expected startup_timeout DURATION$/ },
  { text: 'startup_timeout 5', error: /invalid startup_timeout '5'; expected a duration such as/ },
  { text: 'startup_timeout -5s', error: /invalid startup_timeout '-5s'/ },
];
for (const { text, zones, error } of bad) {
  test(`refuses '${text.replaceAll('\n', ' / ')}'`, () => {
    const directive = text.startsWith('kubernetes') ? text : `kubernetes cluster.local {\n${text}\n}`;
    assert.throws(() => parsePlugin(kubernetes, directive, zones), { name: 'CorefileError', message: error });
  });
}
