import { Agent } from 'node:http';
import { httpGet } from '../kit/http.ts';

/** Asks `/ready` a hundred times a second, each time at its time whether the answer before has come or not. */
export class ReadyProbe {
  asked = 0;
  /** What came instead of a 200, by number of times. */
  readonly faults = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #open = new Set<Promise<void>>();

  constructor(port: number) {
    this.#timer = setInterval(() => {
      this.asked++;
      const answer = httpGet(port, '/ready', this.#agent).then(
        ({ status }) => this.#note(status === 200 ? undefined : String(status)),
        (error: unknown) => this.#note((error as NodeJS.ErrnoException).code ?? String(error)),
      );
      this.#open.add(answer);
      void answer.finally(() => this.#open.delete(answer));
    }, 10);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#agent.destroy();
  }

  #note(fault: string | undefined): void {
    if (fault !== undefined) this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }
}
