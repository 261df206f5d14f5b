/** The value that `percent` of the values are not above; NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? NaN;
}

/** The lower one of the two in the middle, where their number is even; NaN of none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Lowest and highest, as `1.02–1.31`. @param digits behind the point */
export function spread(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
}

/** Bytes in millions, without a fraction unless some digits are asked for. */
export function megabytes(bytes: number, digits = 0): string {
  return (bytes / 1e6).toFixed(digits);
}
