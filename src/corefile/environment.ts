/** The environment that `{$NAME}` looks into, `process.env` or a test's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces every `{%NAME%}` and then every `{$NAME}` of a word by the variable's value, an unset one by nothing.
 * A reference without a name is left alone. There is no syntax for defaults.
 */
export function substituteEnvironment(word: string, environment: Environment): string {
  if (!word.includes('{')) return word;
  return replaceReferences(replaceReferences(word, '{%', '%}', environment), '{$', '}', environment);
}

function replaceReferences(word: string, opening: string, closing: string, environment: Environment): string {
  let result = '';
  let done = 0;
  for (;;) {
    const start = word.indexOf(opening, done);
    const end = start < 0 ? -1 : word.indexOf(closing, start + opening.length);
    if (end < 0) return done === 0 ? word : result + word.slice(done);
    const name = word.slice(start + opening.length, end);
    const value = name === '' ? opening + closing : (ownValue(environment, name) ?? '');
    result += word.slice(done, start) + value;
    done = end + closing.length;
  }
}

/** Not `environment[name]`: a variable called `constructor` must not find Object's. */
function ownValue(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}
