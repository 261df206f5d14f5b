/** Node has them on every Buffer, undocumented: `toString` and `write` of 'latin1' without their checks. */
export interface Latin1 {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}
