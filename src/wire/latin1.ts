/** Node has it on every Buffer, undocumented: `toString('latin1', …)` without its checks. */
export interface Latin1 {
  latin1Slice(start: number, end: number): string;
}
