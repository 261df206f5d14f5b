const DOT = 46;
const BACKSLASH = 92;

/** Where the label after the one at `at` begins; the length of the name after the last. Allocates nothing. */
export function nextLabel(name: string, at: number): number {
  for (let index = at; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code === DOT) return index + 1;
    if (code === BACKSLASH) index++;
  }
  return name.length;
}

/** The name above: without its first label. `.` for a single label. */
export function parentName(name: string): string {
  const at = nextLabel(name, 0);
  return at >= name.length ? '.' : name.slice(at);
}
