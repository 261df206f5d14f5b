const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** What stands between Go's quotes, its escapes resolved; undefined when one of them is none. */
export function unquote(text: string): string | undefined {
  if (!text.includes('\\')) return text;
  const wrong: string[] = [];
  const result = text.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([^]?))/g,
    (_, byte?: string, short?: string, long?: string, octal?: string, letter?: string) => {
      const hex = byte ?? short ?? long;
      const code =
        hex === undefined ? (octal === undefined ? -1 : Number.parseInt(octal, 8)) : Number(`0x${hex}`);
      if (code > 0x10_ffff) wrong.push(long!);
      else if (code >= 0) return String.fromCodePoint(code);
      const simple = letter === undefined ? undefined : SIMPLE[letter];
      if (simple === undefined) wrong.push(letter ?? '');
      return simple ?? '';
    },
  );
  return wrong.length === 0 ? result : undefined;
}

/** A text as Go's `%q` writes it. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
