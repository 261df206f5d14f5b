import {
  duration,
  expectArguments,
  integer,
  oneOf,
  once,
  unknownProperty,
} from '../../src/corefile/arguments.ts';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { normaliseZones } from '../../src/corefile/zone.ts';
import type { BlockInfo } from '../../src/plugin/plugin.ts';
import { byteCount } from './byte-count.ts';
import type { CacheOptions, KeepOptions, PrefetchOptions, StaleMode, StaleOptions } from './options.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MOST_SECONDS = 2 ** 31 - 1;

/** Reads the `cache` directive, which may stand once in a server block. */
export function parse(directives: readonly Directive[], block: BlockInfo): CacheOptions {
  const directive = once(directives);
  const [first = ''] = directive.arguments;
  const ttl = /^[+-]?\d+$/.test(first) ? positive(directive, 'TTL', first) : undefined;
  const zones = ttl === undefined ? directive.arguments : directive.arguments.slice(1);
  const draft: Draft = {
    zones: zones.length === 0 ? block.zones : normaliseZones(zones),
    success: { capacity: DEFAULT_CAPACITY, ttl: ttl ?? 3600, minimumTtl: 5 },
    denial: { capacity: DEFAULT_CAPACITY, ttl: ttl ?? 1800, minimumTtl: 5 },
    prefetch: { amount: 0, within: MINUTE, percentage: 10 },
    stale: undefined,
    preferPositive: false,
    serverFailure: 5000,
    disabledSuccess: [],
    disabledDenial: [],
    keepTtl: false,
    maximumBytes: undefined,
  };
  for (const property of directive.block ?? []) {
    if (!Object.hasOwn(properties, property.name)) unknownProperty(property, Object.keys(properties));
    properties[property.name]!(property, draft);
  }
  const policy = directive.block?.find(({ name }) => name === 'serve_stale_policy');
  if (policy !== undefined && draft.stale === undefined) {
    throw new CorefileError(policy, 'serve_stale_policy needs serve_stale; add it to this block');
  }
  return draft;
}

/** CoreDNS keeps 256 shards of at least four entries: what is left of a capacity that they divide. */
function roundedCapacity(capacity: number): number {
  return 256 * Math.max(Math.floor(capacity / 256), 4);
}

const DEFAULT_CAPACITY = roundedCapacity(10_000);

type Draft = { -readonly [Key in keyof CacheOptions]: CacheOptions[Key] };

const properties: Readonly<Record<string, (property: Directive, draft: Draft) => void>> = {
  success(property, draft) {
    draft.success = keepOptions(property, draft.success);
  },
  denial(property, draft) {
    draft.denial = keepOptions(property, draft.denial);
  },
  prefetch(property, draft) {
    draft.prefetch = prefetchOptions(property);
  },
  serve_stale(property, draft) {
    draft.stale = staleOptions(property);
  },
  serve_stale_policy(property, draft) {
    if (draft.preferPositive) throw new CorefileError(property, 'serve_stale_policy can only be given once');
    oneOf(property, expectArguments(property, 1, 1)[0]!, ['prefer_positive']);
    draft.preferPositive = true;
  },
  servfail(property, draft) {
    draft.serverFailure = duration(property, expectArguments(property, 1, 1)[0]!, {
      min: 0,
      max: 5 * MINUTE,
    });
  },
  disable(property, draft) {
    const [kind, ...names] = expectArguments(property, 1, Infinity, 'disable success|denial [ZONES...]');
    const zones = names.length === 0 ? ['.'] : normaliseZones(names);
    if (oneOf(property, kind!, ['success', 'denial']) === 'success') draft.disabledSuccess = zones;
    else draft.disabledDenial = zones;
  },
  keepttl(property, draft) {
    expectArguments(property, 0, 0);
    draft.keepTtl = true;
  },
  max_bytes(property, draft) {
    draft.maximumBytes = byteCount(property, expectArguments(property, 1, 1, 'max_bytes SIZE')[0]!);
  },
};

function keepOptions(property: Directive, { ttl, minimumTtl }: KeepOptions): KeepOptions {
  const usage = `${property.name} CAPACITY [TTL [MINTTL]]`;
  const [capacity, longest, shortest] = expectArguments(property, 1, 3, usage);
  return {
    capacity: roundedCapacity(integer(property, capacity!, { min: 0 })),
    ttl: longest === undefined ? ttl : positive(property, 'TTL', longest),
    minimumTtl:
      shortest === undefined ? minimumTtl : integer(property, shortest, { min: 0, max: MOST_SECONDS }),
  };
}

function prefetchOptions(property: Directive): PrefetchOptions {
  const [amount, within, percentage] = expectArguments(
    property,
    1,
    3,
    'prefetch AMOUNT [DURATION [PERCENTAGE%]]',
  );
  return {
    amount: integer(property, amount!, { min: 0 }),
    within: within === undefined ? MINUTE : duration(property, within),
    percentage: percentage === undefined ? 10 : percent(property, percentage),
  };
}

/** Milliseconds for which nothing is tried after a failed refresh, at the most. */
const LONGEST_RECHECK = 5 * MINUTE;

/** `refresh`: the client response timer, TTL and failure recheck timer of RFC 8767, section 5. */
const staleDefaults: Readonly<Record<StaleMode, Omit<StaleOptions, 'within'>>> = {
  immediate: { mode: 'immediate', timeout: 0, ttl: 0, recheck: 0 },
  verify: { mode: 'verify', timeout: 0, ttl: 0, recheck: 0 },
  refresh: { mode: 'refresh', timeout: 1800, ttl: 30, recheck: 30_000 },
};

function staleOptions(property: Directive): StaleOptions {
  const usage =
    'serve_stale [DURATION [immediate [TTL [RECHECK]] | verify|refresh [TIMEOUT [TTL [RECHECK]]]]]';
  const [within, modeWord, ...rest] = expectArguments(property, 0, 5, usage);
  const mode = oneOf(property, (modeWord ?? 'immediate').toLowerCase(), ['immediate', 'verify', 'refresh']);
  const defaults = staleDefaults[mode];
  const timeout = mode === 'immediate' ? undefined : rest.shift();
  const [ttl, recheck, ...tooMany] = rest;
  if (tooMany.length > 0) expectArguments(property, 0, 4, usage);
  const bounds = { min: 0, max: LONGEST_RECHECK };
  return {
    within: (within === undefined ? HOUR : duration(property, within, { min: 0 })) / 1000,
    mode,
    timeout: timeout === undefined ? defaults.timeout : duration(property, timeout, { min: 0 }),
    ttl: ttl === undefined ? defaults.ttl : wholeSeconds(property, ttl),
    recheck: recheck === undefined ? defaults.recheck : duration(property, recheck, bounds),
  };
}

/** `30s`; `30` as well. */
function wholeSeconds(property: Directive, text: string): number {
  if (/^\d+$/.test(text)) return integer(property, text, { max: MOST_SECONDS });
  const seconds = duration(property, text, { min: 0, max: MOST_SECONDS * 1000 }) / 1000;
  if (Number.isInteger(seconds)) return seconds;
  throw new CorefileError(property, `invalid ${property.name} TTL '${text}'; expected whole seconds`);
}

function percent(property: Directive, text: string): number {
  if (!text.endsWith('%')) {
    throw new CorefileError(
      property,
      `last character of percentage should be '%', but is: '${text.at(-1)}'; expected such as 20%`,
    );
  }
  return integer(property, text.slice(0, -1), { min: 10, max: 90 });
}

function positive(directive: Directive, what: string, text: string): number {
  const seconds = integer(directive, text, { max: MOST_SECONDS });
  if (seconds > 0) return seconds;
  throw new CorefileError(directive, `${directive.name} ${what} can not be zero or negative: ${text}`);
}
