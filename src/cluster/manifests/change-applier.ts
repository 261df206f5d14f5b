import type { Clock } from '../../plugin/clock.ts';
import type { ClusterWriter, PodInput, ServiceInput } from '../cluster-writer.ts';
import { sliceFromText } from './slice-text.ts';

const longestSlice = 2;
const mostAtOnce = 200;

/**
 * Puts the worker's changes to the store, a little at a time: after two milliseconds the main thread goes back to
 * answering queries.
 */
export class ChangeApplier {
  readonly #writer: ClusterWriter;
  readonly #clusterSet: ClusterWriter;
  readonly #clock: Clock;
  readonly #steps: Step[] = [];
  /** What the store holds of ours, by key. */
  readonly #keys = new Set<string>();
  /** After a restart of the worker: keys that it has not put again. */
  #unconfirmed: Set<string> | undefined;
  #position = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #closed = false;

  /** @param clusterSet takes ServiceImports and their slices; not needed where there are none */
  constructor(writer: ClusterWriter, clock: Clock, clusterSet = writer) {
    this.#writer = writer;
    this.#clusterSet = clusterSet;
    this.#clock = clock;
  }

  /** @param changes messages as in `Resolution`, or `-` and a key that is gone */
  apply(changes: readonly string[], done: () => void): void {
    this.#add({ changes, done });
  }

  /** Calls `action` after all that was given before is applied. */
  afterwards(action: () => void): void {
    this.#add({ changes: [], done: action });
  }

  /** A new worker will put everything anew. What is on its way from the old one is dropped. */
  beginRestart(): void {
    this.#steps.length = 0;
    this.#position = 0;
    this.#unconfirmed = new Set(this.#keys);
  }

  /**
   * The new worker has put all it found.
   * @param complete false when a file does not parse: what the old worker held of it stays
   */
  finishRestart(complete: boolean): void {
    if (complete) for (const key of this.#unconfirmed ?? []) this.#remove(key);
    this.#unconfirmed = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#steps.length = 0;
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
  }

  #add(step: Step): void {
    if (this.#closed) return;
    this.#steps.push(step);
    this.#scheduled ??= setImmediate(() => this.#work());
  }

  #work(): void {
    this.#scheduled = undefined;
    const start = this.#clock.monotonic();
    for (let count = 0; count < mostAtOnce;) {
      const step = this.#steps[0];
      if (step === undefined) return;
      while (this.#position < step.changes.length && count < mostAtOnce) {
        this.#change(step.changes[this.#position++]!);
        count++;
        if (this.#clock.monotonic() - start >= longestSlice) break;
      }
      if (this.#position < step.changes.length) break;
      this.#steps.shift();
      this.#position = 0;
      step.done();
      if (this.#clock.monotonic() - start >= longestSlice) break;
    }
    if (this.#steps.length > 0) this.#scheduled ??= setImmediate(() => this.#work());
  }

  #change(change: string): void {
    const letter = change[0];
    if (letter === '-') {
      this.#remove(change.slice(1));
      return;
    }
    const text = change.slice(1);
    let key: string;
    if (letter === 'N') {
      const name = JSON.parse(text) as string;
      key = `N /${name}`;
      this.#writer.putNamespace(name);
    } else if (letter === 'S' || letter === 'I') {
      const service = JSON.parse(text) as ServiceInput;
      key = `${letter} ${service.namespace}/${service.name}`;
      this.#writerOf(letter).putService(service);
    } else if (letter === 'E' || letter === 'M') {
      const slice = sliceFromText(text);
      key = `${letter} ${slice.namespace}/${slice.name}`;
      this.#writerOf(letter).putEndpointSlice(slice);
    } else {
      const pod = JSON.parse(text) as PodInput;
      key = `P ${pod.namespace}/${pod.name}`;
      this.#writer.putPod(pod);
    }
    this.#keys.add(key);
    this.#unconfirmed?.delete(key);
  }

  #remove(key: string): void {
    const slash = key.indexOf('/');
    const namespace = key.slice(2, slash);
    const name = key.slice(slash + 1);
    const letter = key[0]!;
    const writer = this.#writerOf(letter);
    if (letter === 'N') writer.removeNamespace(name);
    else if (letter === 'S' || letter === 'I') writer.removeService(namespace, name);
    else if (letter === 'E' || letter === 'M') writer.removeEndpointSlice(namespace, name);
    else writer.removePod(namespace, name);
    this.#keys.delete(key);
  }

  #writerOf(letter: string): ClusterWriter {
    return letter === 'I' || letter === 'M' ? this.#clusterSet : this.#writer;
  }
}

interface Step {
  readonly changes: readonly string[];
  readonly done: () => void;
}
