import { of } from './mutation.ts';

const LEARN = 'src/wire-cache/learn.ts';
const WIRE_CACHE = 'src/wire-cache/wire-cache.ts';
const DATA_PLANE = 'src/data-plane/data-plane.ts';

/** What the wire cache looks at, and what it learns. */
export const hits = [
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
