import type { NetworkInterfaceInfo } from 'node:os';
import type { Clock, Timer } from '../../plugin/clock.ts';
import type { LinkAddress } from '../multicast-link.ts';

/** What `os.networkInterfaces` gives: interfaces that are up and have an address. */
export type InterfaceTable = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Where interfaces are read from; injected for tests. */
export interface InterfaceSource {
  interfaces(): InterfaceTable;
  /** The system's number of an interface: another one when it was taken away and made again. 0: it is not there. */
  index(name: string): number;
}

/** An interface as it is now. */
export interface InterfaceState {
  readonly name: string;
  readonly index: number;
  /** None while it is down or not there. */
  readonly addresses: readonly LinkAddress[];
}

/** Who is told of an interface: at once, and whenever its number or its addresses are others. */
export type InterfaceListener = (state: InterfaceState) => void;

/** Milliseconds between two looks. Node has no event for it. */
const INTERVAL = 1000;

/** Names that container engines and their networks give to interfaces: not links that anyone wants to be announced on. */
const CONTAINER_PREFIXES = [
  'veth',
  'docker',
  'podman',
  'nerdctl',
  'cni',
  'cali',
  'vxlan.calico',
  'cilium',
  'flannel',
  'kube-',
  'nodelocaldns',
  'lxc',
  'lxdbr',
  'incusbr',
  'virbr',
  'vnet',
  'tap',
];

/** A bridge that Docker made for a network of its own; `br-lan` is a router's. */
const DOCKER_BRIDGE = /^br-[0-9a-f]{12}$/;

/** Whether an interface is loopback, or one that a container engine made: ignored unless it is named. */
export function isIgnoredInterface(name: string, infos: readonly NetworkInterfaceInfo[]): boolean {
  if (infos.some((info) => info.internal) || DOCKER_BRIDGE.test(name)) return true;
  return CONTAINER_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Looks at the machine's interfaces again and again, and tells of changes. */
export class InterfaceWatch {
  readonly #source: InterfaceSource;
  readonly #clock: Clock;
  readonly #followers = new Map<string, Follower>();
  #everyone: ((names: readonly string[]) => void) | undefined;
  #timer: Timer | undefined;
  #own = new Set<string>();
  #names = '';

  constructor(source: InterfaceSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Whether an address, in text, is of any interface of this machine. */
  isOwn(address: string): boolean {
    return this.#own.has(address);
  }

  /** Tells of one interface, now and later; one listener for each name. */
  follow(name: string, listener: InterfaceListener): { close(): void } {
    const follower: Follower = { listener, signature: undefined };
    this.#followers.set(name, follower);
    this.#begin();
    this.look();
    return {
      close: () => {
        if (this.#followers.get(name) === follower) this.#followers.delete(name);
        if (this.#followers.size === 0 && this.#everyone === undefined) this.close();
      },
    };
  }

  /** Tells which interfaces may be links, now and when there are others. */
  followNames(listener: (names: readonly string[]) => void): void {
    this.#everyone = listener;
    this.#begin();
    this.look();
  }

  /** Looks now. */
  look(): void {
    const table = this.#source.interfaces();
    this.#own = new Set();
    const names: string[] = [];
    for (const [name, infos = []] of Object.entries(table)) {
      for (const info of infos) this.#own.add(info.address);
      if (!isIgnoredInterface(name, infos)) names.push(name);
    }
    for (const [name, follower] of [...this.#followers]) this.#tell(name, follower, table[name] ?? []);
    const joined = names.sort().join(' ');
    if (joined === this.#names) return;
    this.#names = joined;
    this.#everyone?.(names);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#everyone = undefined;
    this.#followers.clear();
  }

  #begin(): void {
    this.#timer ??= this.#clock.every(INTERVAL, () => this.look());
  }

  #tell(name: string, follower: Follower, infos: readonly NetworkInterfaceInfo[]): void {
    const addresses = infos.flatMap(linkAddress);
    const state: InterfaceState = {
      name,
      index: addresses.length === 0 ? 0 : this.#source.index(name),
      addresses,
    };
    const signature = JSON.stringify(state);
    if (signature === follower.signature) return;
    follower.signature = signature;
    follower.listener(state);
  }
}

interface Follower {
  readonly listener: InterfaceListener;
  signature: string | undefined;
}

/** An address with its prefix: `cidr` is null where the mask has a hole. */
function linkAddress({ address, family, cidr }: NetworkInterfaceInfo): LinkAddress[] {
  if (cidr === null) return [];
  const prefix = Number(cidr.slice(cidr.indexOf('/') + 1));
  return [{ address, family: family === 'IPv4' ? 4 : 6, prefix }];
}
