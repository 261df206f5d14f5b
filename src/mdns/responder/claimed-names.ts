import type { Claim } from './claim.ts';

/** Which publications claim a name for themselves, from their first probe or before it to their end. */
export class ClaimedNames {
  /** By name in lower case. */
  readonly #claims = new Map<string, Set<Claim>>();
  readonly #names = new Map<Claim, readonly string[]>();

  /** Those that claim a name, in any letter case. */
  of(name: string): readonly Claim[] {
    const claims = this.#claims.get(name.toLowerCase());
    return claims === undefined ? [] : [...claims];
  }

  /** A publication claims these names, in lower case, and no others. */
  set(claim: Claim, names: readonly string[]): void {
    for (const name of this.#names.get(claim) ?? []) {
      const claims = this.#claims.get(name);
      claims?.delete(claim);
      if (claims?.size === 0) this.#claims.delete(name);
    }
    if (names.length === 0) this.#names.delete(claim);
    else this.#names.set(claim, names);
    for (const name of names) {
      let claims = this.#claims.get(name);
      if (claims === undefined) this.#claims.set(name, (claims = new Set()));
      claims.add(claim);
    }
  }
}
