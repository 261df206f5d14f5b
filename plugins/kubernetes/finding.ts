import type {
  EndpointIndex,
  EndpointSliceRecord,
  PortRecord,
  ServiceRecord,
} from '../../src/cluster/cluster-reader.ts';
import type { Dependencies } from '../../src/truth/dependencies.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { isAllowed, isExposed } from './backend.ts';
import type { Backend } from './backend.ts';
import { isEndpointName } from './endpoint-name.ts';
import { KubernetesName, NameKind, parseKubernetesName } from './kubernetes-name.ts';
import { findPod } from './pod.ts';
import type { ServedZone } from './served-zone.ts';

/** What stands behind a name. */
export const Outcome = {
  /** NXDOMAIN. */
  NameError: 0,
  /** A level of the tree that has no records, such as a namespace. */
  Empty: 1,
  /** A zonal name without endpoints: there, but without records, also for TXT. */
  NoEndpoints: 2,
  /** The addresses of a Service. */
  Service: 3,
  /** Rows of the endpoint table. */
  Endpoints: 4,
  /** A Service of type ExternalName whose name is not an address. */
  External: 5,
  /** One pod's address. */
  Pod: 6,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Number of the one port of a Service that has none. */
const NO_PORT = -1;
const NOTHING: readonly EndpointIndex[] = [];
const NO_SLICES: readonly EndpointSliceRecord[] = [];
const NO_NAME = new KubernetesName(NameKind.Empty);

/** What was found for a name. */
export class Finding {
  readonly outcome: Outcome;
  readonly name: KubernetesName;
  readonly service: ServiceRecord | undefined;
  readonly endpoints: readonly EndpointIndex[];
  /** Of a pod. */
  readonly address: Uint8Array | undefined;

  constructor(
    outcome: Outcome,
    name = NO_NAME,
    service?: ServiceRecord,
    endpoints = NOTHING,
    address?: Uint8Array,
  ) {
    this.outcome = outcome;
    this.name = name;
    this.service = service;
    this.endpoints = endpoints;
    this.address = address;
  }
}

const NAME_ERROR = new Finding(Outcome.NameError);
const EMPTY = new Finding(Outcome.Empty);
const NO_ENDPOINTS = new Finding(Outcome.NoEndpoints);

/**
 * Finds what a name below a zone stands for.
 * @param name lower case, fully qualified
 */
export function find(backend: Backend, name: string, zone: ServedZone, dependencies: Dependencies): Finding {
  const parsed = parseKubernetesName(name, zone.name, zone.forms);
  if (parsed.kind === NameKind.Empty) return EMPTY;
  if (parsed.kind === NameKind.Invalid || isReverseName(name)) return NAME_ERROR;
  if (parsed.kind === NameKind.Pod && backend.options.pods === 'disabled') return NAME_ERROR;
  if (parsed.kind === NameKind.Service && parsed.key !== '' && !zone.forms.multicluster) {
    return findService(backend, parsed, dependencies);
  }
  if (!isExposed(backend, parsed.namespace, dependencies)) return NAME_ERROR;
  if (parsed.key === '') return EMPTY;
  if (parsed.kind === NameKind.Service) return findServiceImport(backend, parsed, dependencies);
  const address = findPod(backend, parsed.firstLabel, parsed.namespace, dependencies);
  return address === undefined ? NAME_ERROR : new Finding(Outcome.Pod, parsed, undefined, NOTHING, address);
}

/** Reads one cell: that of the Service, or what says that there is none. Both cover the namespace's existence. */
function findService(backend: Backend, name: KubernetesName, dependencies: Dependencies): Finding {
  if (!isAllowed(backend, name.namespace)) return NAME_ERROR;
  const { cluster, cells } = backend;
  const service = cluster.namespaceExists(name.namespace) ? cluster.service(name.key) : undefined;
  if (service === undefined) {
    dependencies.read(cells, cluster.membershipCell(name.namespace));
    return NAME_ERROR;
  }
  dependencies.read(cells, service.cell);
  return findInService(backend, name, service);
}

/** In a namespace that is exposed: ClusterSets have the namespaces of the cluster that is asked. */
function findServiceImport(backend: Backend, name: KubernetesName, dependencies: Dependencies): Finding {
  const { services, cells } = backend;
  const service = services.service(name.key);
  dependencies.read(cells, service?.cell ?? services.membershipCell(name.namespace));
  if (service === undefined) return NAME_ERROR;
  // So does CoreDNS: of a Service it would give the address.
  const isPortless = service.kind === 'cluster' && service.ports[0]!.number === NO_PORT;
  return isPortless && name.endpoint === '' ? NAME_ERROR : findInService(backend, name, service);
}

/** Whether a port is one that the name asks for. */
export function matchesPort(name: KubernetesName, port: PortRecord): boolean {
  return (
    (name.port === '' || name.port === port.name) && (name.protocol === '' || name.protocol === port.protocol)
  );
}

/** A Service's EndpointSlices; none with `noendpoints`, which ClusterSets do not go by. */
export function slicesOf(backend: Backend, service: ServiceRecord): readonly EndpointSliceRecord[] {
  const { options, services, cluster } = backend;
  return options.endpoints || services !== cluster ? service.slices : NO_SLICES;
}

function findInService(backend: Backend, name: KubernetesName, service: ServiceRecord): Finding {
  if (name.locality !== '') return findInTopologyZone(backend, name, service);
  if (service.kind === 'external') {
    const plain = name.endpoint === '' && name.port === '' && name.protocol === '';
    if (!plain || addressBytes(service.externalName) !== undefined) return NAME_ERROR;
    return new Finding(Outcome.External, name, service);
  }
  if (service.kind === 'cluster') {
    if (backend.options.ignoreEmptyService && !hasEndpoints(slicesOf(backend, service))) return NAME_ERROR;
    if (name.endpoint === '') {
      return hasPort(name, service.ports) ? new Finding(Outcome.Service, name, service) : NAME_ERROR;
    }
  }
  const endpoints = collectEndpoints(backend, name, service);
  return endpoints.length === 0 ? NAME_ERROR : new Finding(Outcome.Endpoints, name, service, endpoints);
}

function collectEndpoints(backend: Backend, name: KubernetesName, service: ServiceRecord): EndpointIndex[] {
  const { services, options } = backend;
  const found: EndpointIndex[] = [];
  for (const slice of slicesOf(backend, service)) {
    if (!hasPort(name, slice.ports)) continue;
    // The name of an endpoint holds its cluster, in a ClusterSet.
    if (name.endpoint !== '' && slice.cluster !== name.cluster) continue;
    const end = slice.first + slice.count;
    for (let endpoint = slice.first; endpoint < end; endpoint++) {
      if (
        name.endpoint === '' ||
        isEndpointName(services, endpoint, options.endpointPodNames, name.endpoint)
      ) {
        found.push(endpoint);
      }
    }
  }
  return found;
}

/** `pin` answers with the endpoints of one topology zone; `prefer` with all, if there are none in it. */
function findInTopologyZone(backend: Backend, name: KubernetesName, service: ServiceRecord): Finding {
  if (service.kind !== 'headless') return NAME_ERROR;
  const all = collectEndpoints(backend, name, service);
  const { services } = backend;
  const near = all.filter((endpoint) => services.endpointZone(endpoint).toLowerCase() === name.topologyZone);
  const endpoints = near.length === 0 && name.locality === 'prefer' ? all : near;
  return endpoints.length === 0 ? NO_ENDPOINTS : new Finding(Outcome.Endpoints, name, service, endpoints);
}

function hasPort(name: KubernetesName, ports: readonly PortRecord[]): boolean {
  if (name.port === '' && name.protocol === '') return true;
  for (let index = 0; index < ports.length; index++) if (matchesPort(name, ports[index]!)) return true;
  return false;
}

function hasEndpoints(slices: readonly EndpointSliceRecord[]): boolean {
  for (const slice of slices) if (slice.count > 0) return true;
  return false;
}

/** Below in-addr.arpa. and ip6.arpa. there are only PTR records. */
function isReverseName(name: string): boolean {
  return name.endsWith('.in-addr.arpa.') || name.endsWith('.ip6.arpa.');
}
