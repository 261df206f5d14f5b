import type { LeasePart, Leases, LeaseWish } from '../../plugin/capability.ts';
import type { ApiConnection } from '../api-server/api-connection.ts';
import { LeaseCandidate } from './lease-candidate.ts';
import type { CandidateParts } from './lease-candidate.ts';

/** The leases on an API server that we take part in. */
export class ClusterLeases implements Leases {
  readonly #parts: CandidateParts;
  readonly #candidates = new Set<LeaseCandidate>();
  #connection: ApiConnection | undefined;

  constructor(parts: CandidateParts) {
    this.#parts = parts;
  }

  /** There is a way to the API server from now on. */
  open(connection: ApiConnection): void {
    this.#connection = connection;
    for (const candidate of this.#candidates) candidate.begin(connection);
  }

  join(wish: LeaseWish): LeasePart {
    const candidate = new LeaseCandidate(wish, this.#parts);
    this.#candidates.add(candidate);
    if (this.#connection !== undefined) candidate.begin(this.#connection);
    return {
      get holder() {
        return candidate.holder;
      },
      close: () => candidate.close().finally(() => this.#candidates.delete(candidate)),
      leave: () => {
        this.#candidates.delete(candidate);
        candidate.leave();
      },
    };
  }

  /** Gives up what is held; a second at most. */
  async close(): Promise<void> {
    await Promise.all([...this.#candidates].map((candidate) => candidate.close()));
  }
}
