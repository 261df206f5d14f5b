import { isSubdomain } from '../../src/corefile/zone.ts';
import type { NameSubstitution } from './name-pattern.ts';

/** Another name for names in a reply. */
export interface Renaming {
  /** The new name; undefined when this one stays. @param name presentation form, any letter case */
  rename(name: string): string | undefined;
}

/** Gives a rewritten name, and the names below it, the name back that the client asked for. */
export class Restoring implements Renaming {
  readonly #rewritten: string;
  readonly #asked: string;

  /** Both in lower case, fully qualified. */
  constructor(rewritten: string, asked: string) {
    this.#rewritten = rewritten;
    this.#asked = asked;
  }

  rename(name: string): string | undefined {
    const lower = name.toLowerCase();
    if (lower === this.#rewritten) return this.#asked;
    if (this.#rewritten === '.' || !isSubdomain(this.#rewritten, lower)) return undefined;
    const below = name.slice(0, name.length - this.#rewritten.length);
    return this.#asked === '.' ? below : below + this.#asked;
  }
}

/** A rule's own pattern and replacement. */
export class Substituting implements Renaming {
  readonly #substitution: NameSubstitution;

  constructor(substitution: NameSubstitution) {
    this.#substitution = substitution;
  }

  rename(name: string): string | undefined {
    return this.#substitution.apply(name.toLowerCase());
  }
}
