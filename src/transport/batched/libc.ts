import { getSystemErrorName } from 'node:util';
import type Koffi from 'koffi';

/** Addresses in memory are numbers: those of user space are below 2 ** 53 on every machine that Linux runs on. */
export type Address = number;

/** What goes with all calls of the C library. */
export interface CallSurroundings {
  /** Why this thread's last call gave -1. */
  errno(): number;
  /** Where memory lies. Whoever tells the system of it must keep a reference to `memory` as long. */
  addressOf(memory: Uint8Array): Address;
}

/** The calls of the C library that batched UDP makes; see their pages in section 2 of the Linux manual. */
export interface LibC extends CallSurroundings {
  socket(domain: number, type: number, protocol: number): number;
  bind(descriptor: number, name: Address, nameLength: number): number;
  connect(descriptor: number, name: Address, nameLength: number): number;
  setsockopt(descriptor: number, level: number, option: number, value: Address, length: number): number;
  getsockopt(descriptor: number, level: number, option: number, value: Address, length: Address): number;
  getsockname(descriptor: number, name: Address, nameLength: Address): number;
  recvmmsg(descriptor: number, messages: Address, count: number, flags: number, timeout: Address): number;
  sendmmsg(descriptor: number, messages: Address, count: number, flags: number): number;
  poll(descriptors: Address, count: number, milliseconds: number): number;
  shutdown(descriptor: number, how: number): number;
  close(descriptor: number): number;
}

/** What is said of messages and sockets here holds for these: 64 bits, little-endian, the generic socket options. */
const MACHINES: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64'];

/** Why this machine cannot have batched UDP; undefined where it can, as far as can be told before trying. */
export function unsupportedMachine(platform: string, architecture: string): string | undefined {
  if (platform !== 'linux') return `recvmmsg and sendmmsg are calls of Linux, and this is ${platform}`;
  if (MACHINES.includes(architecture)) return undefined;
  return `it is made for ${MACHINES.join(', ')}, and this is ${architecture}`;
}

/** Binds the calls, in the thread that makes them. Rejects where koffi is not installed or does not load. */
export async function loadLibC(): Promise<LibC> {
  const { default: koffi } = await import('koffi');
  return bindCalls(koffi, PROTOTYPES) as LibC;
}

/** Binds calls of the C library that Node itself runs on, whatever its file is called: glibc's or musl's. */
export function bindCalls(koffi: typeof Koffi, prototypes: readonly string[]): CallSurroundings {
  const library = koffi.load(null);
  const bound = prototypes.map((prototype) => [nameOf(prototype), library.func(prototype)] as const);
  const surroundings: CallSurroundings = {
    errno: koffi.errno,
    addressOf: (memory) => Number(koffi.address(memory)),
  };
  return { ...Object.fromEntries(bound), ...surroundings };
}

/** An Error for the call that has just failed, as Node words its own. */
export function lastError(libc: CallSurroundings, call: string): NodeJS.ErrnoException {
  const number = libc.errno();
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: -number, syscall: call });
}

const PROTOTYPES = [
  'int socket(int, int, int)',
  'int bind(int, uint64_t, uint32_t)',
  'int connect(int, uint64_t, uint32_t)',
  'int setsockopt(int, int, int, uint64_t, uint32_t)',
  'int getsockopt(int, int, int, uint64_t, uint64_t)',
  'int getsockname(int, uint64_t, uint64_t)',
  'int recvmmsg(int, uint64_t, uint32_t, int, uint64_t)',
  'int sendmmsg(int, uint64_t, uint32_t, int)',
  'int poll(uint64_t, uint64_t, int)',
  'int shutdown(int, int)',
  'int close(int)',
];

function nameOf(prototype: string): string {
  return prototype.slice(prototype.indexOf(' ') + 1, prototype.indexOf('('));
}
