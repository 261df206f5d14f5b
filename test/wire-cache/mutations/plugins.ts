import { of } from './mutation.ts';

const CACHE = 'plugins/cache/handler.ts';
const BACKEND = 'plugins/kubernetes/backend.ts';

/** What plugins say of what they read, and of what changes. */
export const plugins = [
  ...of(
    'plugins/kubernetes/finding.ts',
    ['that a Service was not there', 'dependencies.read(cells, cluster.membershipCell(name.namespace));'],
    ['that a Service was read', 'dependencies.read(cells, service.cell);'],
    [
      'that an imported Service was read',
      'dependencies.read(cells, service?.cell ?? services.membershipCell(name.namespace));',
    ],
  ),
  ...of(
    'plugins/kubernetes/name-servers.ts',
    ["that this server's address was looked up", 'dependencies.read(cells, cluster.addressCell(local));'],
    ['that a Service of this server was read', 'dependencies.read(cells, service.cell);'],
  ),
  ...of('plugins/kubernetes/pod.ts', [
    'that a pod was looked up',
    'dependencies.read(cells, cluster.addressCell(address));',
  ]),
  ...of('plugins/kubernetes/reverse.ts', [
    'that an address was looked up',
    'dependencies.read(cells, cluster.addressCell(address));',
  ]),
  ...of(
    BACKEND,
    ['that a namespace was looked up', 'dependencies.read(backend.cells, backend.cluster.namespacesCell);'],
    ['that the state was looked at', 'dependencies.read(cells, cluster.stateCell);'],
    [
      'that the state of the ClusterSet was looked at',
      'if (services !== cluster) dependencies.read(cells, services.stateCell);',
    ],
  ),
  ...of('plugins/kubernetes/handler.ts', [
    'that the serial was read',
    'asked.query.dependencies.read(cells, services.lastChangeCell);',
  ]),
  ...of('plugins/hosts/handler.ts', [
    'that hosts were read',
    'query.dependencies.read(this.#source.cells, this.#source.cell);',
  ]),
  ...of(
    'plugins/hosts/setup.ts',
    ['a hosts file that changes', 'this.#source.cells.bump(this.#source.cell);'],
    ['hosts of another configuration', 'this.#source.cells.release(this.#source.cell);'],
  ),
  ...of('plugins/rewrite/ttl-rule.ts', [
    'that bounds of TTLs meet those that run down',
    'changed.repeat?.running === undefined ? changed : changed.with({ repeat: undefined })',
    'changed',
  ]),
  ...of('plugins/file/handler.ts', [
    'that a zone was read',
    'query.dependencies.read(this.#cells, followed.cell);',
  ]),
  ...of('src/zonefile/followed-zone.ts', [
    'a zone file that changes',
    'this.#settings.cells.bump(this.cell);',
  ]),
];

/** The `cache` plugin, which keeps what was made from all of that. */
export const cache = [
  ...of(
    CACHE,
    ['whether what is kept is still true', '!entry.holds(this.#cells) || (configuration', '(configuration'],
    [
      'what was read for what is kept',
      'query.dependencies.addAll(entry.dependencies);\n    const ttl',
      'const ttl',
    ],
    ['that workers forget too', 'query.dependencies.read(this.#cells, this.#store.flushCell);'],
    ['when a repeat would be fetched anew', 'Math.max(0, entry.ttl - kept) * 1000', 'entry.ttl * 1000'],
  ),
  ...of('plugins/cache/store.ts', ['the bump of a flush', 'this.#cells.bump(this.flushCell);']),
];
