import { of, provenBy } from './mutation.ts';

const DEPENDENCIES = 'src/truth/dependencies.ts';
const LEARN = 'src/wire-cache/learn.ts';
const WIRE_CACHE = 'src/wire-cache/wire-cache.ts';
const DATA_PLANE = 'src/data-plane/data-plane.ts';
const STORE = 'src/cluster/cluster-store.ts';
const NAMESPACES = 'src/cluster/namespace-table.ts';
const FETCHING = 'plugins/cache/fetching.ts';
const CACHE = 'plugins/cache/handler.ts';

const SPARED = 'spares work; the check at each hit would do';
const RACE = 'takes a cell that one query reads before and after it waits, and no plugin does';
const BOTH = 'both servers have the cache';
const ENDS = "with the configuration's cell all answers end in any case";

/** What the comparison cannot see, and what does. */
export const elsewhere = [
  ...provenBy(
    'plugins/cache/truth.test.ts',
    SPARED,
    ...of(FETCHING, [
      'whether what was fetched is still true',
      'dependencies.overflowed || !dependencies.hold(this.#cells)',
      'dependencies.overflowed',
    ]),
  ),
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
    ...of(
      STORE,
      [
        'the endpoints of a new Service',
        'if (held === undefined) this.#touchEndpointsOf(service);\n    else if (change.any)',
        'if (held !== undefined && change.any)',
      ],
      [
        'the endpoints of a Service that goes',
        '    this.#touchEndpointsOf(service);\n    this.#ports',
        '    this.#ports',
      ],
    ),
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
