/** One thing that keeps the wire cache true, and how it is taken out. */
export interface Mutation {
  readonly title: string;
  /** From the project's folder. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly replacement: string;
  /** A test that must fail, in place of the comparison of servers: `why` says what keeps that from seeing it. */
  readonly test?: string;
  readonly why?: string;
}

type Row = readonly [title: string, text: string, replacement?: string];

function of(file: string, ...rows: readonly Row[]): Mutation[] {
  return rows.map(([title, text, replacement = '']) => ({ title, file, text, replacement }));
}

function provenBy(test: string, why: string, ...rows: readonly Mutation[]): Mutation[] {
  return rows.map((row) => ({ ...row, test, why }));
}

const VERSION_CELLS = 'src/truth/version-cells.ts';
const DEPENDENCIES = 'src/truth/dependencies.ts';
const LEARN = 'src/wire-cache/learn.ts';
const WIRE_CACHE = 'src/wire-cache/wire-cache.ts';
const DATA_PLANE = 'src/data-plane/data-plane.ts';
const STORE = 'src/cluster/cluster-store.ts';
const NAMESPACES = 'src/cluster/namespace-table.ts';
const FETCHING = 'plugins/cache/fetching.ts';
const CACHE = 'plugins/cache/handler.ts';
const BACKEND = 'plugins/kubernetes/backend.ts';

const truth = [
  ...of(
    VERSION_CELLS,
    ['a bump', 'Atomics.add(this.#versions, cell, 1);'],
    ['the bump of a cell that is given back', 'this.bump(cell);\n    if (cell', 'if (cell'],
    ['the serial that is told', 'Atomics.store(this.#versions, cell, value);'],
  ),
  ...of(
    DEPENDENCIES,
    ['that what is read is noted', 'this.add(cell, cells.version(cell));'],
    ['that too much was read', '      this.overflowed = true;\n      return;', '      return;'],
    ['what somebody else has read', 'this.cells = other.cells;'],
    [
      'whether versions hold',
      'if (cells.version(this.cells[index]!) !== this.versions[index]) return false;',
    ],
  ),
  ...of('src/server/query.ts', ['that other blocks had a say', 'this.dependencies.crossedBlocks = true;']),
];

const wireCache = [
  ...of(
    WIRE_CACHE,
    ['the time of a hit', 'if (now >= doubles[(record >> 3) + Field.Until / 2]!) return false;'],
    [
      "the configuration's cell at a hit",
      'if (Atomics.load(versions, configuration) !== words[base + Field.ConfigurationVersion]) return false;',
    ],
    ['the cells at a hit', 'if (Atomics.load(versions, words[pair]!) !== words[pair + 1]) return false;'],
    [
      'that the view of the cells grows',
      'if (this.#versions.byteLength < this.#memory.byteLength) this.#versions = fixedView(this.#memory);',
    ],
    ['that TTLs run down', 'this.#templates.runDown(record, now);'],
    ['the serial of now', 'if (serialCell !== 0)', 'if (serialCell < 0)'],
  ),
  ...of(
    LEARN,
    ['that a reply vouches for its repeat', 'const { repeat } = reply;', 'const { repeat = {} } = reply;'],
    ['that too much was consulted', 'dependencies.overflowed || dependencies.crossedBlocks', 'false'],
    ['the limit that a plugin sets', 'Math.min(until, running.since', 'Math.min(Infinity, running.since'],
  ),
  ...of('src/wire-cache/repeatability.ts', [
    'what a block allows',
    'silent.length > 0 || handlers.length === 0',
    'handlers.length === 0',
  ]),
  ...of(DATA_PLANE, [
    "the configuration's bump",
    'this.#world.cells.bump(this.#cell);\n    if (this.#teachers',
    'if (this.#teachers',
  ]),
];

const cluster = [
  ...of(
    'src/cluster/cell-changes.ts',
    ['all bumps of a change', 'this.cells.bump(', 'void ('],
    ['all that a change gives back', 'for (const cell of this.#released) this.cells.release(cell);'],
  ),
  ...of(
    NAMESPACES,
    [
      'a namespace that becomes known',
      'this.#namespaces.set(own, namespace);\n    this.#changes.touch(this.cell);',
      'this.#namespaces.set(own, namespace);',
    ],
    [
      'a namespace that comes or goes',
      'this.#existing += exists ? 1 : -1;\n    this.#changes.touch(this.cell);',
      'this.#existing += exists ? 1 : -1;',
    ],
    [
      'a namespace that comes or goes, for what is not in it',
      'this.#changes.touch(namespace.membershipCell);\n    // Whether',
      '// Whether',
    ],
    [
      'a namespace that comes or goes, for its Services',
      'for (const service of namespace.services) this.#changes.touch(service.cell);',
    ],
    [
      'a new Service',
      'namespace.services.add(service);\n    this.#changes.touch(namespace.membershipCell);',
      'namespace.services.add(service);',
    ],
  ),
  ...of('src/cluster/service-table.ts', [
    'a Service that goes',
    'this.#namespaces.removeService(service);\n    this.#changes.release(service.cell);',
    'this.#namespaces.removeService(service);',
  ]),
  ...of(
    STORE,
    ['a Service that changes', 'else if (change.any) this.#changes.touch(service.cell);'],
    [
      'the addresses of a Service that changes',
      'for (const address of change.addresses) this.#changes.touch(this.#addressCells.of(address));',
    ],
    [
      'the addresses of a Service that goes',
      'for (const address of service.clusterAddresses) this.#changes.touch(this.#addressCells.of(address));',
    ],
    [
      'the endpoints of a new Service',
      'if (held === undefined) this.#touchEndpointsOf(service);\n    else if (change.any)',
      'if (held !== undefined && change.any)',
    ],
    [
      'the Service that an EndpointSlice leaves',
      'const after = moved ? 0 : difference.after;\n    this.#touchService(slice.service);',
      'const after = moved ? 0 : difference.after;',
    ],
    [
      'the addresses that an EndpointSlice had',
      'this.#touchRows(slice, before, after);\n    if (difference.same)',
      'if (difference.same)',
    ],
    [
      'the Service of an EndpointSlice',
      'this.#slices.attach(slice, serviceKey);\n    this.#touchService(slice.service);',
      'this.#slices.attach(slice, serviceKey);',
    ],
    [
      'the addresses that an EndpointSlice has',
      'this.#touchRows(slice, before, after);\n    this.#commit',
      'this.#commit',
    ],
    [
      'the Service of an EndpointSlice that goes',
      'this.#touchService(slice.service);\n    this.#touchRows(slice, 0, 0);\n    this.#endpoints.remove',
      'this.#touchRows(slice, 0, 0);\n    this.#endpoints.remove',
    ],
    [
      'the addresses of an EndpointSlice that goes',
      'this.#touchRows(slice, 0, 0);\n    this.#endpoints.remove',
      'this.#endpoints.remove',
    ],
    ['the address that a pod had', "this.#touchAddressText(before ?? '');"],
    ['the address that a pod has', 'this.#touchAddressText(address);'],
    ['the address of a pod that goes', 'this.#touchAddressText(before);'],
    ['the state of the source', 'this.#changes.touch(this.stateCell);'],
    ['when something changed last', 'this.#changes.touch(this.lastChangeCell);'],
  ),
];

const plugins = [
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

const cache = [
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
  ...of(FETCHING, [
    'whether what was fetched is still true',
    'dependencies.overflowed || !dependencies.hold(this.#cells)',
    'dependencies.overflowed',
  ]),
];

const SPARED = 'spares work; the check at each hit would do';
const RACE = 'takes a cell that one query reads before and after it waits, and no plugin does';
const BOTH = 'both servers have the cache';
const ENDS = "with the configuration's cell all answers end in any case";

/** What the comparison cannot see, and what does. */
const elsewhere = [
  ...provenBy(
    'src/wire-cache/learn.test.ts',
    SPARED,
    ...of(
      LEARN,
      [
        "whether the configuration's cell holds when a reply is learned",
        'cells.version(configuration.cell) !== configuration.version || !dependencies',
        '!dependencies',
      ],
      ['whether cells hold when a reply is learned', ' || !dependencies.hold(cells)'],
      ['whether there is time left when a reply is learned', "if (now >= until) return 'outdated';"],
    ),
  ),
  ...provenBy(
    'src/wire-cache/wire-cache.test.ts',
    SPARED,
    ...of(WIRE_CACHE, [
      'whether a learned answer is still true when it comes',
      'const isTrue = this.#isTrue(words, doubles, at, now);',
      'const isTrue = true;',
    ]),
  ),
  ...provenBy(
    'src/wire-cache/wire-cache.test.ts',
    'takes two queries of one hash',
    ...of(
      WIRE_CACHE,
      ['the length of a query', 'if (words[base + Field.QueryLength] !== length) return false;'],
      ['the flags of a query', 'if (words[key] !== (packets[start]! & FLAGS_MASK)) return false;'],
      ['the middle of a query', 'if (words[key + index] !== packets[start + index]) return false;'],
      [
        'the end of a query',
        'return words[key + last] === (packets[start + last]! & tailMask(length));',
        'return true;',
      ],
    ),
  ),
  ...provenBy(
    'src/truth/version-cells.test.ts',
    RACE,
    ...of(DEPENDENCIES, [
      'that two versions were read',
      'if (this.versions[known] !== version) this.overflowed = true;',
    ]),
  ),
  ...provenBy(
    'src/truth/version-cells.test.ts',
    'an answer that read too much is not kept by a cache, so none comes from one',
    ...of(DEPENDENCIES, [
      'that somebody else has read too much',
      'if (other.overflowed) this.overflowed = true;',
    ]),
  ),
  ...provenBy(
    'plugins/cache/truth.test.ts',
    BOTH,
    ...of(FETCHING, [
      'that too much was read to keep it',
      'dependencies.overflowed || !dependencies',
      '!dependencies',
    ]),
    ...of(CACHE, [
      'whether what has run out is still true after a wait',
      'if (!entry.holds(this.#cells)) return this.#fetching.fetch(query, next);',
    ]),
  ),
  ...provenBy(
    'plugins/cache/reload.test.ts',
    BOTH,
    ...of(CACHE, [
      'whether what is kept is of this configuration',
      ' || (configuration !== undefined && configuration !== this.#fetching)',
    ]),
    ...of(FETCHING, [
      'the configuration of what is kept',
      'dependencies.crossedBlocks ? this : undefined',
      'undefined',
    ]),
  ),
  ...provenBy(
    'plugins/cache/flush.test.ts',
    BOTH,
    ...of(FETCHING, [
      'whether something was forgotten meanwhile',
      'flushes === this.#store.flushes && this.#keep(query, sent',
      'this.#keep(query, sent',
    ]),
  ),
  ...provenBy(
    'src/cluster/cluster-store.test.ts',
    'it has changed already; but cells that are not given back run out',
    ...of(NAMESPACES, [
      'a namespace that is forgotten',
      'this.#namespaces.delete(namespace.name);\n    this.#changes.release(namespace.membershipCell);',
      'this.#namespaces.delete(namespace.name);',
    ]),
  ),
  ...provenBy(
    'src/cluster/cluster-store.truth.test.ts',
    'the store promises it to all who look; DNS finds as little there as before',
    ...of(NAMESPACES, [
      'a Service that goes, for what is not there',
      'namespace.services.delete(service);\n    this.#changes.touch(namespace.membershipCell);',
      'namespace.services.delete(service);',
    ]),
    ...of(STORE, [
      'the endpoints of a Service that goes',
      '    this.#touchEndpointsOf(service);\n    this.#ports',
      '    this.#ports',
    ]),
  ),
  ...provenBy(
    'plugins/loop/loop.test.ts',
    'there are no upstreams to loop',
    ...of(
      'plugins/loop/setup.ts',
      [
        'a loop that is found',
        'isActive(upstream, true);\n      cells.bump(cell);',
        'isActive(upstream, true);',
      ],
      [
        'a loop that is gone',
        'isActive(upstream, false);\n      cells.bump(cell);',
        'isActive(upstream, false);',
      ],
      ['that a loop was looked for', 'dependencies.read(cells, cell)', 'undefined'],
    ),
  ),
  ...provenBy(
    'plugins/file/truth.test.ts',
    ENDS,
    ...of('src/zonefile/followed-zone.ts', [
      'a zone that is not served any more',
      'this.#settings.cells.release(this.cell);',
    ]),
  ),
  ...provenBy(
    'test/wire-cache/wire-cache.test.ts',
    'the comparison does not end by degrees',
    ...of(DATA_PLANE, [
      'the bump of the end',
      'retire(): void {\n    this.#world.cells.bump(this.#cell);',
      'retire(): void {',
    ]),
  ),
];

/** All of them. */
export const mutations: readonly Mutation[] = [
  ...truth,
  ...wireCache,
  ...cluster,
  ...plugins,
  ...cache,
  ...elsewhere,
];
