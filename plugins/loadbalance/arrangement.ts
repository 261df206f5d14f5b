import type { Random } from '../../src/plugin/random.ts';
import { RecordType } from '../../src/wire/codes.ts';
import type { Network } from '../../src/wire/network.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

type Records = readonly ResourceRecord[];

/** Which types come first; a smaller number is further ahead. */
type Ranking = (type: number) => number;

const ADDRESSES = 2;
const EXCHANGERS = 3;

/** CNAMEs, so that every reader finds the way; then all others, then what is varied. */
function varied(type: number): number {
  if (type === RecordType.A || type === RecordType.AAAA) return ADDRESSES;
  if (type === RecordType.CNAME) return 0;
  return type === RecordType.MX ? EXCHANGERS : 1;
}

/** As CoreDNS has it where addresses are preferred: all others last. */
function preferred(type: number): number {
  const rank = varied(type);
  return rank === 1 ? EXCHANGERS + 1 : rank;
}

/**
 * Groups records by type, and puts addresses and mail exchangers each in random order: every order is equally
 * likely. Gives the same array when there is nothing to vary.
 */
export function shuffled(records: Records, random: Random): Records {
  const addresses = count(records, ADDRESSES);
  const exchangers = count(records, EXCHANGERS);
  if (addresses < 2 && exchangers < 2) return grouped(records, varied);
  const result = inGroups(records, varied);
  const end = result.length - exchangers;
  shuffle(result, end - addresses, end, random);
  shuffle(result, end, result.length, random);
  return result;
}

/** Puts addresses of the first network first, then those of the second, and so on; the rest keeps its order. */
export function preferring(records: Records, networks: readonly Network[]): Records {
  const result = grouped(records, preferred);
  if (count(result, ADDRESSES) < 2) return result;
  const start = result.findIndex(({ type }) => varied(type) === ADDRESSES);
  const end = start + count(result, ADDRESSES);
  const rank = ({ data }: ResourceRecord): number => {
    const found = networks.findIndex((network) => network.contains(data));
    return found < 0 ? networks.length : found;
  };
  // Sorting is stable.
  const addresses = result.slice(start, end).sort((left, right) => rank(left) - rank(right));
  return [...result.slice(0, start), ...addresses, ...result.slice(end)];
}

/**
 * Puts one address first, chosen in proportion to its weight, in the place of which the former first one goes.
 * @param weightOf a whole number, at least 1
 */
export function weighted(
  records: Records,
  weightOf: (record: ResourceRecord) => number,
  random: Random,
): Records {
  const addresses = count(records, ADDRESSES);
  if (addresses === 0) return records;
  if (addresses === 1) return grouped(records, varied);
  const result = inGroups(records, varied);
  const start = result.length - count(records, EXCHANGERS) - addresses;
  const weights = new Uint32Array(addresses);
  let sum = 0;
  for (let index = 0; index < addresses; index++) {
    weights[index] = weightOf(result[start + index]!);
    sum += weights[index]!;
  }
  let drawn = random.below(sum);
  let chosen = 0;
  while (drawn >= weights[chosen]!) drawn -= weights[chosen++]!;
  swap(result, start, start + chosen);
  return result;
}

function count(records: Records, rank: number): number {
  let found = 0;
  for (let index = 0; index < records.length; index++) if (varied(records[index]!.type) === rank) found++;
  return found;
}

/** The same array where its groups stand in order already, as nearly always. */
function grouped(records: Records, ranking: Ranking): Records {
  for (let index = 1; index < records.length; index++) {
    if (ranking(records[index - 1]!.type) > ranking(records[index]!.type)) return inGroups(records, ranking);
  }
  return records;
}

/** Always a new array; within a group the order stays. */
function inGroups(records: Records, ranking: Ranking): ResourceRecord[] {
  const result: ResourceRecord[] = [];
  for (let rank = 0; result.length < records.length; rank++) {
    for (let index = 0; index < records.length; index++) {
      if (ranking(records[index]!.type) === rank) result.push(records[index]!);
    }
  }
  return result;
}

/** Fisher and Yates: all orders of the records from `start` to before `end` are equally likely. */
function shuffle(records: ResourceRecord[], start: number, end: number, random: Random): void {
  for (let size = end - start; size > 1; size--) swap(records, start + random.below(size), start + size - 1);
}

function swap(records: ResourceRecord[], left: number, right: number): void {
  const record = records[left]!;
  records[left] = records[right]!;
  records[right] = record;
}
