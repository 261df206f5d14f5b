/**
 * A Kubernetes label selector, as `labels` and `namespace_labels` take it: requirements that must all hold.
 *
 * @example parseLabelSelector('tier in (live, canary),!legacy').matches({ tier: 'live' }) // true
 */
export interface LabelSelector {
  /** What it was parsed from; parsing it again gives the same selector. */
  readonly text: string;
  readonly requirements: readonly LabelRequirement[];
  /** Whether an object with these labels is selected. The empty selector selects all. */
  matches(labels: Labels): boolean;
}

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** One requirement: `key operator values`. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | '!exists' | '>' | '<';
  /** For `in` and `notin` (which `=`, `==` and `!=` are short for) any number; for `>` and `<` one integer. */
  readonly values: readonly string[];
}

/** What is wrong with a selector: where, and what was expected there. */
export class LabelSelectorError extends Error {
  readonly code = 'ERR_LABEL_SELECTOR';
}

/**
 * Parses the grammar of Kubernetes' label selectors: `k`, `!k`, `k=v`, `k==v`, `k!=v`, `k in (v, w)`,
 * `k notin (v, w)`, `k>1`, `k<1`, joined by commas.
 * @throws {LabelSelectorError}
 */
export function parseLabelSelector(text: string): LabelSelector {
  const parser = new Parser(text);
  const requirements = parser.requirements();
  return {
    text,
    requirements,
    matches: (labels) => requirements.every((requirement) => holds(requirement, labels)),
  };
}

function holds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!exists':
      return value === undefined;
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      // As in Kubernetes, an object without the label is not "in", so it is selected.
      return value === undefined || !values.includes(value);
    default: {
      if (value === undefined || !/^[-+]?\d+$/.test(value)) return false;
      const [number, limit] = [BigInt(value), BigInt(values[0]!)];
      return operator === '>' ? number > limit : number < limit;
    }
  }
}

const operators = ['=', '==', '!=', 'in', 'notin', '>', '<'];

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  requirements(): LabelRequirement[] {
    const found: LabelRequirement[] = [];
    if (this.#tokens.length === 0) return found;
    for (;;) {
      found.push(this.#requirement());
      if (this.#peek() === undefined) return found;
      this.#expect(',', "',' or the end");
    }
  }

  #requirement(): LabelRequirement {
    if (this.#peek() === '!') {
      this.#next++;
      return { key: this.#key(), operator: '!exists', values: [] };
    }
    const key = this.#key();
    const operator = this.#peek();
    if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] };
    if (!operators.includes(operator)) throw this.#error(`one of ${operators.join(' ')}, ',' or the end`);
    this.#next++;
    if (operator === 'in' || operator === 'notin') return { key, operator, values: this.#set() };
    const value = this.#value();
    if (operator === '>' || operator === '<') {
      if (!/^[-+]?\d+$/.test(value)) throw this.#error(`an integer after '${operator}'`, this.#next - 1);
      return { key, operator, values: [value] };
    }
    return { key, operator: operator === '!=' ? 'notin' : 'in', values: [value] };
  }

  #key(): string {
    const key = this.#peek();
    if (key === undefined || isSymbol(key)) throw this.#error("a label's key");
    if (!isLabelKey(key)) throw this.#error("a valid label key, such as 'app' or 'example.com/app'");
    this.#next++;
    return key;
  }

  /** May be empty, as in `k=`. */
  #value(): string {
    const value = this.#peek();
    if (value === undefined || value === ',' || value === ')') return '';
    if (isSymbol(value)) throw this.#error('a value');
    if (!isLabelValue(value)) {
      throw this.#error('a valid label value: at most 63 letters, digits, - _ . between letters or digits');
    }
    this.#next++;
    return value;
  }

  #set(): string[] {
    this.#expect('(', "'('");
    const values = [this.#value()];
    while (this.#peek() === ',') {
      this.#next++;
      values.push(this.#value());
    }
    this.#expect(')', "',' or ')'");
    return values;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next]?.text;
  }

  #expect(token: string, expected: string): void {
    if (this.#peek() !== token) throw this.#error(expected);
    this.#next++;
  }

  #error(expected: string, at = this.#next): LabelSelectorError {
    const token = this.#tokens[at];
    const found = token === undefined ? 'the end' : `'${token.text}' at column ${token.column}`;
    return new LabelSelectorError(`label selector '${this.#text}': found ${found}, expected ${expected}`);
  }
}

interface Token {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g)) {
    found.push({ text: match[0], column: match.index + 1 });
  }
  return found;
}

function isSymbol(token: string): boolean {
  return /^[=!(),<>]/.test(token);
}

/** `[DNS subdomain/]name`; the name at most 63 characters. */
function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  const prefix = key.slice(0, Math.max(slash, 0));
  if (slash >= 0 && (prefix.length > 253 || !subdomain.test(prefix))) return false;
  const name = key.slice(slash + 1);
  return name !== '' && isLabelValue(name);
}

function isLabelValue(value: string): boolean {
  return value.length <= 63 && /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(value);
}

const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
