import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { bindCalls, unsupportedMachine } from '../../transport/batched/libc.ts';
import type { Address, CallSurroundings } from '../../transport/batched/libc.ts';

/** The calls of the C library that polled sockets make; see their pages in section 2 of the Linux manual. */
export interface PollCalls extends CallSurroundings {
  socket(domain: number, type: number, protocol: number): number;
  bind(descriptor: number, name: Address, nameLength: number): number;
  connect(descriptor: number, name: Address, nameLength: number): number;
  getsockname(descriptor: number, name: Address, nameLength: Address): number;
  sendmmsg(descriptor: number, messages: Address, count: number, flags: number): number;
  recvmmsg(descriptor: number, messages: Address, count: number, flags: number, timeout: Address): number;
  close(descriptor: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, descriptor: number, event: Address): number;
  epoll_wait(epoll: number, events: Address, count: number, timeout: number): number;
  /**
   * Has the event loop watch a descriptor, which does not keep the process alive. `readable` is called in every turn in
   * which there is something to read, and outside of what Node does around its own callbacks: it may not throw, and no
   * promise goes on after it.
   */
  watch(descriptor: number, readable: () => void): void;
}

/**
 * Binds the calls.
 * @throws Error where this is no Linux, or koffi is not installed or does not load
 */
export function loadPollCalls(): PollCalls {
  const unsupported = unsupportedMachine(process.platform, process.arch);
  if (unsupported !== undefined) throw new Error(unsupported);
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  return {
    ...(bindCalls(koffi, PROTOTYPES) as Omit<PollCalls, 'watch'>),
    watch: (descriptor, readable) => {
      const handle = koffi.node.poll(descriptor, readable);
      handle.unref();
      watched.add(handle);
    },
  };
}

/** Whatever is collected is not watched any more. */
const watched = new Set<object>();

const PROTOTYPES = [
  'int socket(int, int, int)',
  'int bind(int, uint64_t, uint32_t)',
  'int connect(int, uint64_t, uint32_t)',
  'int getsockname(int, uint64_t, uint64_t)',
  'int sendmmsg(int, uint64_t, uint32_t, int)',
  'int recvmmsg(int, uint64_t, uint32_t, int, uint64_t)',
  'int close(int)',
  'int epoll_create1(int)',
  'int epoll_ctl(int, int, int, uint64_t)',
  'int epoll_wait(int, uint64_t, int, int)',
];
