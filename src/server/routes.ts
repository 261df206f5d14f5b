import { isSubdomain } from '../corefile/zone.ts';
import type { Next } from '../plugin/plugin.ts';
import { RecordType } from '../wire/codes.ts';

/** A zone as one listener serves it. */
export interface Route {
  /** Lower case, fully qualified. */
  readonly zone: string;
  /** The server block's chain; undefined when the block has no plugin that answers. */
  readonly chain: Next | undefined;
}

/** The zones whose text has one length. */
interface SameLength {
  readonly length: number;
  readonly routes: Map<string, Route>;
}

/** Finds the server block for a name: the longest zone that the name is at or below (RFC 1034, section 4.3.2). */
export class Routes {
  /** Longest first, so that a look-up cuts the name at the few places where a zone can begin. */
  readonly #byLength: readonly SameLength[];

  /** @param routes in Corefile order; a second one of the same zone is never asked */
  constructor(routes: readonly Route[]) {
    const byLength = new Map<number, SameLength>();
    for (const route of routes) {
      // A block without plugins hides nothing when it is for the root.
      if (route.zone === '.' && route.chain === undefined) continue;
      const { length } = route.zone;
      const same = byLength.get(length) ?? { length, routes: new Map() };
      byLength.set(length, same);
      if (!same.routes.has(route.zone)) same.routes.set(route.zone, route);
    }
    this.#byLength = [...byLength.values()].sort((one, other) => other.length - one.length);
  }

  /**
   * @param name lower case, fully qualified
   * @param type DS belongs to the parent's side of a zone cut (RFC 4035, section 3.1.4.1): for it, a zone that is
   *   the name itself is only the second choice
   */
  find(name: string, type: number): Route | undefined {
    let child: Route | undefined;
    for (const same of this.#byLength) {
      const route = same.routes.get(same.length < name.length ? name.slice(name.length - same.length) : name);
      if (route === undefined || !isSubdomain(route.zone, name)) continue;
      if (type !== RecordType.DS || route.zone !== name) return route;
      child = route;
    }
    return child;
  }
}
