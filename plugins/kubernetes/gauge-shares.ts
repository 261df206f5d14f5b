/**
 * One feed's shares of gauges that all feeds add to. The returned function sets them; a share that it is not told of
 * any more is taken back.
 */
export function sharesOf(
  cell: (label: string) => { value: number },
): (shares: Readonly<Record<string, number>>) => void {
  let held: Readonly<Record<string, number>> = {};
  return (shares) => {
    for (const label of Object.keys({ ...held, ...shares })) {
      cell(label).value += (shares[label] ?? 0) - (held[label] ?? 0);
    }
    held = { ...shares };
  };
}
