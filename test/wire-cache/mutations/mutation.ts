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

/** Mutations of one file: `text` is taken out, or replaced. They are for the comparison of servers to see. */
export function of(file: string, ...rows: readonly Row[]): Mutation[] {
  return rows.map(([title, text, replacement = '']) => ({ title, file, text, replacement }));
}

/** Those that `test` must see instead, and why. */
export function provenBy(test: string, why: string, ...rows: readonly Mutation[]): Mutation[] {
  return rows.map((row) => ({ ...row, test, why }));
}
