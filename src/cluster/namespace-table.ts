import type { VersionCell } from '../truth/version-cells.ts';
import type { CellChanges } from './cell-changes.ts';
import { compactString } from './string-pool.ts';
import type { StoredService } from './stored-service.ts';

/** Estimated, with its name, its place in the table and the set of its Services. */
const BYTES_A_NAMESPACE = 400;

/** A namespace that is known by its own object, by its Services, or by both. */
export interface StoredNamespace {
  readonly name: string;
  /** Which Services it has, and whether it exists. */
  readonly membershipCell: VersionCell;
  /** Whether there is a Namespace object. */
  exists: boolean;
  readonly services: Set<StoredService>;
}

/** The namespaces, each with its membership cell. */
export class NamespaceTable {
  /** Changes when a namespace comes into being or goes, so that it covers all that is not there. */
  readonly cell: VersionCell;
  readonly #changes: CellChanges;
  readonly #namespaces = new Map<string, StoredNamespace>();
  #existing = 0;

  constructor(changes: CellChanges) {
    this.#changes = changes;
    this.cell = changes.cells.allocate();
  }

  exists(name: string): boolean {
    return this.#namespaces.get(name)?.exists === true;
  }

  membershipCell(name: string): VersionCell {
    return this.#namespaces.get(name)?.membershipCell ?? this.cell;
  }

  /** `/name` of each that has a Namespace object. */
  *keys(): Iterable<string> {
    for (const { name, exists } of this.#namespaces.values()) if (exists) yield `/${name}`;
  }

  /** How many have a Namespace object. */
  get count(): number {
    return this.#existing;
  }

  /** Estimated. */
  get bytes(): number {
    return this.#namespaces.size * BYTES_A_NAMESPACE;
  }

  /**
   * The namespace called `name`, made known if need be. From then on its Services are covered by a membership cell
   * of its own; whoever looked before went by `cell`, so that one changes.
   */
  known(name: string): StoredNamespace {
    const held = this.#namespaces.get(name);
    if (held !== undefined) return held;
    const own = compactString(name);
    const membershipCell = this.#changes.cells.allocate();
    const namespace = { name: own, membershipCell, exists: false, services: new Set<StoredService>() };
    this.#namespaces.set(own, namespace);
    this.#changes.touch(this.cell);
    return namespace;
  }

  /** Sets whether there is a Namespace object. Returns whether that is news. */
  setExists(name: string, exists: boolean): boolean {
    if (this.exists(name) === exists) return false;
    const namespace = this.known(name);
    namespace.exists = exists;
    this.#existing += exists ? 1 : -1;
    this.#changes.touch(this.cell);
    this.#changes.touch(namespace.membershipCell);
    // Whether its namespace exists decides over every name of a Service: its cell covers that too.
    for (const service of namespace.services) this.#changes.touch(service.cell);
    this.#forgetUnused(namespace);
    return true;
  }

  addService(namespace: StoredNamespace, service: StoredService): void {
    namespace.services.add(service);
    this.#changes.touch(namespace.membershipCell);
  }

  removeService(service: StoredService): void {
    const namespace = this.known(service.namespace);
    namespace.services.delete(service);
    this.#changes.touch(namespace.membershipCell);
    this.#forgetUnused(namespace);
  }

  releaseCells(): void {
    for (const namespace of this.#namespaces.values()) this.#changes.release(namespace.membershipCell);
    this.#changes.release(this.cell);
  }

  /** Its membership cell goes back, and with that all who read it learn that `cell` is now the one to read. */
  #forgetUnused(namespace: StoredNamespace): void {
    if (namespace.exists || namespace.services.size > 0) return;
    this.#namespaces.delete(namespace.name);
    this.#changes.release(namespace.membershipCell);
  }
}
