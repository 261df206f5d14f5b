import type { Member } from './member.ts';
import { upstreamKey } from './upstream-addresses.ts';
import type { UpstreamAddress } from './upstream-addresses.ts';

/** The upstreams of one line, which may change while it serves. */
export class MemberSet {
  readonly #make: (address: UpstreamAddress) => Member;
  #members = new Map<string, Member>();

  constructor(make: (address: UpstreamAddress) => Member) {
    this.#make = make;
  }

  /** Keeps those that stay with all that is known of them, and lets go of those that are not there any more. */
  become(addresses: readonly UpstreamAddress[]): readonly Member[] {
    const before = this.#members;
    this.#members = new Map();
    for (const address of addresses) {
      const key = upstreamKey(address);
      this.#members.set(key, before.get(key) ?? this.#make(address));
      before.delete(key);
    }
    for (const member of before.values()) letGo(member);
    return [...this.#members.values()];
  }

  /** Queries that are still in flight are answered yet. */
  close(): void {
    for (const member of this.#members.values()) letGo(member);
  }
}

function letGo({ upstream, health, loop }: Member): void {
  loop?.stop();
  health.stop();
  upstream.close();
}
