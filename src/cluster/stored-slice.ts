import type { EndpointIndex, EndpointSliceRecord, PortRecord } from './cluster-reader.ts';
import type { EndpointOwner } from './endpoint-table.ts';
import type { StoredService } from './stored-service.ts';

/** An EndpointSlice of the store; only the store writes to it. */
export class StoredSlice implements EndpointSliceRecord, EndpointOwner {
  readonly id: number;
  /** Grows with every new slice: the lower, the older. */
  readonly sequence: number;
  /** `service.namespace` of the Service that it names, whether or not there is one; '' when it names none. */
  serviceKey = '';
  cluster = '';
  service: StoredService | undefined = undefined;
  first: EndpointIndex = 0;
  count = 0;
  ports: readonly PortRecord[];

  constructor(id: number, sequence: number, ports: readonly PortRecord[]) {
    this.id = id;
    this.sequence = sequence;
    this.ports = ports;
  }
}

/** Puts `slice` into a list that is sorted by age, oldest first. */
export function insertByAge(slices: StoredSlice[], slice: StoredSlice): void {
  const last = slices.at(-1);
  if (last === undefined || last.sequence < slice.sequence) slices.push(slice);
  else slices.splice(placeByAge(slices, slice), 0, slice);
}

/** Takes `slice` out of a list that is sorted by age. */
export function removeByAge(slices: StoredSlice[], slice: StoredSlice): void {
  const place = placeByAge(slices, slice);
  if (slices[place] === slice) slices.splice(place, 1);
}

function placeByAge(slices: readonly StoredSlice[], slice: StoredSlice): number {
  let low = 0;
  let high = slices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slices[middle]!.sequence < slice.sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}
