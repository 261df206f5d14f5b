import { nextLabel } from './labels.ts';

/** Things by zone, found by the longest zone that a name is in. */
export class ZoneTable<T> {
  readonly #zones = new Map<string, T>();

  /** @param zone lower case, fully qualified */
  set(zone: string, value: T): void {
    this.#zones.set(zone, value);
  }

  delete(zone: string): void {
    this.#zones.delete(zone);
  }

  get(zone: string): T | undefined {
    return this.#zones.get(zone);
  }

  values(): Iterable<T> {
    return this.#zones.values();
  }

  /**
   * What stands for the longest zone that is the name or above it; undefined when none is.
   * @param name lower case, fully qualified
   */
  find(name: string): T | undefined {
    const zones = this.#zones;
    for (let at = 0; at < name.length; at = nextLabel(name, at)) {
      const found = zones.get(at === 0 ? name : name.slice(at));
      if (found !== undefined) return found;
    }
    return zones.get('.');
  }
}
