import {
  duration,
  expectArguments,
  fallthroughZones,
  integer,
  once,
  oneOf,
  unknownProperty,
  zonesOrKeys,
} from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive } from '../../src/corefile/corefile.ts';
import { isSubdomain, normaliseZones } from '../../src/corefile/zone.ts';
import type { BlockInfo } from '../../src/plugin/plugin.ts';
import { parseLabelSelector } from '../../src/cluster/label-selector.ts';
import { parseServiceCidr } from '../../src/cluster/manifests/service-addresses.ts';
import { podModes } from './options.ts';
import type { ApiServerOptions, KubernetesOptions, PodMode } from './options.ts';

const LONGEST_TTL = 3600;
const DEFAULT_STARTUP_TIMEOUT = 5000;

/** Reads `kubernetes [ZONES...] { … }`. */
export function parse(directives: readonly Directive[], block: BlockInfo): KubernetesOptions {
  const directive = once(directives);
  const zones = [...new Set(zonesOrKeys(directive.arguments, block.keys))];
  const primaryZone = zones.find((zone) => !isReverse(zone));
  if (primaryZone === undefined) {
    throw new CorefileError(
      directive,
      'non-reverse zone name must be used; expected at least one zone such as cluster.local',
    );
  }
  const draft: Draft = {
    zones,
    primaryZone,
    multicluster: [],
    manifests: [],
    serviceNetworks: [],
    apiServer: {
      endpoints: [],
      tls: undefined,
      kubeconfig: undefined,
      qps: undefined,
      burst: undefined,
      maximumInFlight: undefined,
    },
    snapshot: undefined,
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
    startupTimeout: DEFAULT_STARTUP_TIMEOUT,
  };
  for (const property of directive.block ?? []) {
    const read = properties.get(property.name);
    if (read === undefined) unknownProperty(property, [...properties.keys()]);
    read(draft, property);
  }
  checkTogether(draft, directive);
  return draft;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };
type Draft = Omit<Writable<KubernetesOptions>, 'apiServer' | 'namespaces'> & {
  apiServer: Writable<ApiServerOptions>;
  namespaces: Set<string> | undefined;
};

const properties = new Map<string, (draft: Draft, property: Directive) => void>([
  [
    'manifests',
    (draft, property) => {
      draft.manifests = [...draft.manifests, ...expectArguments(property, 1, Infinity, 'manifests PATH...')];
    },
  ],
  [
    'service_cidr',
    (draft, property) => {
      const networks = expectArguments(property, 1, Infinity, 'service_cidr CIDR...');
      for (const network of networks) checkNetwork(property, network);
      draft.serviceNetworks = [...draft.serviceNetworks, ...networks];
    },
  ],
  [
    'endpoint',
    (draft, property) => {
      draft.apiServer.endpoints = expectArguments(property, 1, Infinity, 'endpoint URL...');
    },
  ],
  [
    'tls',
    (draft, property) => {
      const [certificate, key, authority] = expectArguments(property, 3, 3, 'tls CERT KEY CACERT');
      draft.apiServer.tls = { certificate: certificate!, key: key!, authority: authority! };
    },
  ],
  [
    'kubeconfig',
    (draft, property) => {
      const [file, context = ''] = expectArguments(property, 1, 2, 'kubeconfig FILE [CONTEXT]');
      draft.apiServer.kubeconfig = { file: file!, context };
    },
  ],
  [
    'snapshot',
    (draft, property) => {
      draft.snapshot = expectArguments(property, 1, 1, 'snapshot FILE')[0]!;
    },
  ],
  ['apiserver_qps', (draft, property) => (draft.apiServer.qps = rate(property))],
  ['apiserver_burst', (draft, property) => (draft.apiServer.burst = limit(property))],
  ['apiserver_max_inflight', (draft, property) => (draft.apiServer.maximumInFlight = limit(property))],
  [
    'namespaces',
    (draft, property) => {
      const names = expectArguments(property, 1, Infinity, 'namespaces NAMESPACE...');
      draft.namespaces = new Set([...(draft.namespaces ?? []), ...names]);
    },
  ],
  [
    'namespace_labels',
    (draft, property) => {
      draft.namespaceLabels = selector(property);
    },
  ],
  [
    'labels',
    (draft, property) => {
      draft.labels = selector(property);
    },
  ],
  ['pods', (draft, property) => (draft.pods = podMode(property))],
  ['endpoint_pod_names', (draft, property) => (draft.endpointPodNames = flag(property))],
  [
    'ttl',
    (draft, property) => {
      // More arguments are let through, as CoreDNS does.
      const [seconds] = expectArguments(property, 1, Infinity, 'ttl SECONDS');
      draft.ttl = integer(property, seconds!, { min: 0, max: LONGEST_TTL });
    },
  ],
  [
    'noendpoints',
    (draft, property) => {
      draft.endpoints = !flag(property);
    },
  ],
  ['fallthrough', (draft, property) => (draft.fallthrough = fallthroughZones(property))],
  [
    'ignore',
    (draft, property) => {
      // A bare `ignore` ignores nothing, as in CoreDNS.
      if (property.arguments.length === 0) return;
      oneOf(property, property.arguments[0]!, ['empty_service']);
      draft.ignoreEmptyService = true;
    },
  ],
  ['multicluster', (draft, property) => (draft.multicluster = multicluster(draft, property))],
  ['zonal', (draft, property) => (draft.zonal = flag(property))],
  [
    'startup_timeout',
    (draft, property) => {
      const [time] = expectArguments(property, 1, 1, 'startup_timeout DURATION');
      draft.startupTimeout = duration(property, time!, { min: 0 });
    },
  ],
]);

function checkTogether(options: Draft, directive: Directive): void {
  if (options.namespaces !== undefined && options.namespaceLabels !== '') {
    throw new CorefileError(
      directive,
      'namespaces and namespace_labels cannot both be set; expected one of them',
    );
  }
  if (options.snapshot !== undefined && options.manifests.length > 0) {
    throw new CorefileError(
      directive,
      'snapshot keeps what an API server told, so it cannot be set together with manifests; expected one of them',
    );
  }
  if (options.zonal && !options.endpoints) {
    throw new CorefileError(
      directive,
      'zonal needs endpoints, so it cannot be set together with noendpoints; expected one of them',
    );
  }
}

function isReverse(zone: string): boolean {
  return isSubdomain('in-addr.arpa.', zone) || isSubdomain('ip6.arpa.', zone);
}

function flag(property: Directive): true {
  expectArguments(property, 0, 0, `${property.name} alone`);
  return true;
}

function selector(property: Directive): string {
  const text = expectArguments(property, 1, Infinity, `${property.name} SELECTOR`).join(' ');
  try {
    parseLabelSelector(text);
  } catch (cause) {
    const message = `invalid ${property.name} '${text}': ${(cause as Error).message}`;
    throw new CorefileError(property, message, { cause });
  }
  return text;
}

function podMode(property: Directive): PodMode {
  const usage = `pods ${podModes.join('|')}`;
  return oneOf(property, expectArguments(property, 1, 1, usage)[0]!, podModes);
}

function multicluster(draft: Draft, property: Directive): readonly string[] {
  const zones = property.arguments.length === 0 ? [] : normaliseZones(property.arguments);
  for (const zone of zones) {
    if (draft.zones.includes(zone)) continue;
    throw new CorefileError(
      property,
      `is not authoritative for the multicluster zone '${zone}'; expected some of ${draft.zones.join(', ')}`,
    );
  }
  return zones;
}

/** 0 keeps the client's default. */
function rate(property: Directive): number | undefined {
  const [text] = expectArguments(property, 1, 1, `${property.name} NUMBER`);
  const value = text === '' ? NaN : Number(text);
  if (!(value >= 0 && value < Infinity)) {
    throw new CorefileError(
      property,
      `invalid ${property.name} '${text}'; expected a number of at least 0, such as 50 or 2.5`,
    );
  }
  return value === 0 ? undefined : value;
}

function limit(property: Directive): number | undefined {
  const [text] = expectArguments(property, 1, 1, `${property.name} NUMBER`);
  const value = integer(property, text!, { min: 0 });
  return value === 0 ? undefined : value;
}

function checkNetwork(property: Directive, network: string): void {
  try {
    parseServiceCidr(network);
  } catch (cause) {
    throw new CorefileError(property, (cause as Error).message, { cause });
  }
}
