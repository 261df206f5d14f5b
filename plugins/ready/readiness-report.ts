import type { ReadinessCheck } from '../../src/plugin/controller.ts';

/** Asks the readiness checks, and remembers which were ready once. */
export class ReadinessReport {
  readonly #wereReady = new WeakSet<ReadinessCheck>();

  /**
   * Names of the plugins that are not ready, sorted, each once.
   * @param continuously ask those again that were ready before
   */
  unready(checks: readonly ReadinessCheck[], continuously: boolean): string[] {
    const names = new Set<string>();
    for (const check of checks) {
      if (!continuously && this.#wereReady.has(check)) continue;
      if (check.ready()) this.#wereReady.add(check);
      else {
        this.#wereReady.delete(check);
        names.add(check.plugin);
      }
    }
    return [...names].sort();
  }

  /** A paragraph for each check, as `unready` last saw it, with its own details indented. */
  details(checks: readonly ReadinessCheck[]): string {
    let text = '';
    for (const check of checks) {
      text += `${check.plugin}: ${this.#wereReady.has(check) ? 'ready' : 'not ready'}\n`;
      for (const line of check.detail?.().split('\n') ?? []) if (line !== '') text += `  ${line}\n`;
    }
    return text;
  }
}
