import type { Logger } from '../log/logger.ts';
import { createBatchedTransport } from './batched/batched-transport.ts';
import type { HotAnswersTeacher } from './batched/hot-answers.ts';
import { loadLibC, unsupportedMachine, type LibC } from './batched/libc.ts';
import { EAGAIN, MSG_DONTWAIT } from './batched/linux.ts';
import { MessageMemory, MessageRow } from './batched/message-ring.ts';
import { lastError } from './batched/libc.ts';
import { UdpDescriptor } from './batched/udp-descriptor.ts';
import type { Transport, TransportOptions } from './transport.ts';
import { createUdpTransport } from './udp.ts';

/** What the UDP transport of one listener is made from. */
export interface UdpListenerOptions extends TransportOptions {
  /** How many sockets share the clients; 1 when left out. UDP by node:dgram has but one thread for all of them. */
  readonly sockets?: number;
}

/** Makes the UDP transport of one listener. */
export type CreateUdp = (options: UdpListenerOptions) => Transport;

/**
 * Environment variable: `batched` for UDP by recvmmsg, `dgram` for UDP by node:dgram. When it is not set: batched where
 * that can be.
 */
const VARIABLE = 'SIGNPOST_UDP';

/** For benches: bytes of the receive buffer, as a system with a lower limit would grant them. */
const BUFFER_VARIABLE = 'SIGNPOST_UDP_RECEIVE_BUFFER';

/** Makes what teaches one worker of a listener, by the metrics' label `server`; undefined: it knows nothing. */
export type CreateTeacher = (server: string) => HotAnswersTeacher | undefined;

/** Chooses how UDP is done. Where it is node:dgram, the log says why; batched UDP tells of itself when it listens. */
export async function chooseUdp(
  environment: Readonly<Record<string, string | undefined>>,
  log: Logger,
  createTeacher?: CreateTeacher,
): Promise<CreateUdp> {
  const wanted = environment[VARIABLE] ?? '';
  if (wanted === 'dgram') {
    log.info(`UDP by node:dgram: ${VARIABLE}=dgram`);
    return createDgram;
  }
  if (wanted !== 'batched' && wanted !== '') {
    log.warning(`${VARIABLE}=${wanted}: it may be batched or dgram; UDP by node:dgram`);
    return createDgram;
  }
  const libc = await usableLibC(process.platform, process.arch);
  if (typeof libc === 'string') {
    if (wanted === '') log.info(`UDP by node:dgram: ${libc}`);
    else log.warning(`${VARIABLE}=batched cannot be: ${libc}; UDP by node:dgram`);
    return createDgram;
  }
  const receiveBuffer = Number(environment[BUFFER_VARIABLE]) || undefined;
  return (options) =>
    createBatchedTransport({
      ...options,
      libc,
      receiveBuffer,
      createTeacher: () => createTeacher?.(options.server),
    });
}

/** More sockets would be read by the same thread, one after another. */
function createDgram(options: UdpListenerOptions): Transport {
  if (options.sockets !== undefined && options.sockets > 1) {
    options.log.warning(
      `${options.server}: multisocket has no effect on UDP by node:dgram: one thread reads all sockets`,
    );
  }
  return createUdpTransport(options);
}

/** The C library, or why batched UDP cannot be had here. */
async function usableLibC(platform: string, architecture: string): Promise<LibC | string> {
  const unsupported = unsupportedMachine(platform, architecture);
  if (unsupported !== undefined) return unsupported;
  try {
    const libc = await loadLibC();
    tryOut(libc);
    return libc;
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    return reason!;
  }
}

/** Some sandboxes refuse these calls. */
function tryOut(libc: LibC): void {
  const descriptor = UdpDescriptor.open(libc, '127.0.0.1', 0, 'first');
  try {
    const row = new MessageRow(libc, new MessageMemory(libc, 64));
    if (libc.recvmmsg(descriptor.number, row.address(0), 1, MSG_DONTWAIT, 0) >= 0) return;
    if (libc.errno() !== EAGAIN) throw lastError(libc, 'recvmmsg');
  } finally {
    descriptor.close();
  }
}
