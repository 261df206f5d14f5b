import type { Collector, CounterCell } from '../../metrics/registry.ts';
import { HandlerFailures } from '../handler-failures.ts';
import { ListenError } from '../listen-error.ts';
import type { PacketHandler, Transport, TransportOptions } from '../transport.ts';
import { AddressTexts } from './address-texts.ts';
import { BatchedSocket, type BatchedOwner } from './batched-socket.ts';
import type { HotAnswersSource, HotAnswersTeacher } from './hot-answers.ts';
import type { LibC } from './libc.ts';
import { BUFFER_BYTES, UdpDescriptor, type BufferSize, type Sharing } from './udp-descriptor.ts';

/** Options of UDP in batches. */
export interface BatchedOptions extends TransportOptions {
  readonly libc: LibC;
  /** Worker threads, each with sockets of its own (SO_REUSEPORT); 1 when left out. */
  readonly sockets?: number;
  /** Bytes of each receive buffer to ask for; BUFFER_BYTES when left out. */
  readonly receiveBuffer?: number | undefined;
  /** What the workers answer by themselves; nothing when left out. */
  readonly hotAnswers?: HotAnswersSource;
  /** In place of `hotAnswers`: makes what teaches one worker. */
  readonly createTeacher?: () => HotAnswersTeacher | undefined;
}

/** A transport whose workers have answers of their own. */
export interface TeachableTransport extends Transport {
  /** Posts a message to `HotAnswers.learn` of every worker. They take it when they next look up. */
  teach(message: unknown): void;
}

/**
 * Sockets of one address, at most, that make up for small receive buffers: the stock limit of Linux, 208 KiB, holds some
 * 550 small datagrams. A burst comes from many clients, and these are spread over the sockets.
 */
const MOST_QUEUES = 16;

/** UDP by recvmmsg and sendmmsg, in worker threads: Linux only, see loadLibC. */
export function createBatchedTransport(options: BatchedOptions): TeachableTransport {
  return new BatchedTransport(options);
}

/**
 * One socket for an address, also for the wildcard: the system tells which address was asked, and replies leave from
 * there. The sockets are this thread's: workers only read them, and they are closed after their workers have ended.
 */
class BatchedTransport implements TeachableTransport, BatchedOwner {
  readonly name = 'udp by recvmmsg';
  handler: PacketHandler;
  readonly failures: HandlerFailures;
  readonly texts = new AddressTexts();
  readonly clock;
  readonly log;
  pending = 0;
  #port: number;
  readonly #options: BatchedOptions;
  readonly #counters: Counters;
  #collector: Collector | undefined;
  #sockets: BatchedSocket[] = [];
  #closing: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: BatchedOptions) {
    this.#options = options;
    this.#port = options.port;
    this.clock = options.clock;
    this.log = options.log;
    this.handler = options.handler;
    this.failures = new HandlerFailures(options, 'udp');
    this.#counters = newCounters(options);
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#open();
    await Promise.all(this.#sockets.map((socket) => socket.start()));
  }

  teach(message: unknown): void {
    for (const socket of this.#sockets) socket.teach(message);
  }

  close(graceMilliseconds: number): Promise<void> {
    return (this.#closing ??= this.#drain(graceMilliseconds));
  }

  settled(): void {
    if (this.pending === 0) this.#wake?.();
  }

  restarted(): void {
    this.#counters.restarts.value++;
  }

  #open(): void {
    const descriptors: UdpDescriptor[] = [];
    let buffer: BufferSize;
    try {
      buffer = this.#bindAll(descriptors);
    } catch (error) {
      for (const descriptor of descriptors) descriptor.close();
      this.#port = this.#options.port;
      throw error;
    }
    const { libc, address, metrics, createTeacher, hotAnswers } = this.#options;
    const { sockets = 1 } = this.#options;
    this.#sockets = Array.from({ length: sockets }, (_, worker) => {
      const own = descriptors.filter((_, index) => index % sockets === worker);
      return new BatchedSocket(libc, own, address, createTeacher?.() ?? hotAnswers, this);
    });
    this.#announce(buffer, descriptors.length);
    this.#collector = metrics.onCollect(() => this.#count());
  }

  /** Opens the sockets, more than one for a worker where the system grants only small buffers. */
  #bindAll(descriptors: UdpDescriptor[]): BufferSize {
    const { sockets = 1, receiveBuffer = BUFFER_BYTES } = this.#options;
    const first = this.#bind('first');
    descriptors.push(first);
    const buffer = first.enlargeBuffers(receiveBuffer);
    const queues = Math.min(MOST_QUEUES, Math.ceil(BUFFER_BYTES / buffer.got));
    const count = sockets * Math.ceil(queues / sockets);
    if (count > 1) first.share();
    while (descriptors.length < count) {
      const another = this.#bind('another');
      descriptors.push(another);
      another.enlargeBuffers(receiveBuffer);
    }
    return buffer;
  }

  #bind(sharing: Sharing): UdpDescriptor {
    const { libc, address } = this.#options;
    try {
      const descriptor = UdpDescriptor.open(libc, address, this.#port, sharing);
      this.#port = descriptor.port;
      return descriptor;
    } catch (error) {
      throw new ListenError('udp', address, this.#port, error as NodeJS.ErrnoException);
    }
  }

  #announce({ got }: BufferSize, count: number): void {
    const { server, sockets = 1 } = this.#options;
    const workers = sockets === 1 ? 'one worker' : `${sockets} workers`;
    const each = count > sockets ? ` in each of ${count} sockets` : '';
    const wanted = BUFFER_BYTES / 1024;
    const limit =
      got < BUFFER_BYTES ? `, not ${wanted} (net.core.rmem_max, or the capability NET_ADMIN)` : '';
    const size = `${Math.round(got / 1024)} KiB${each}${limit}`;
    this.log.info(`${server}: UDP by recvmmsg and sendmmsg, ${workers}, receive buffer ${size}`);
  }

  async #drain(graceMilliseconds: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const grace = { over: false };
    const timer = this.clock.after(graceMilliseconds, () => {
      grace.over = true;
      over.resolve();
      this.#wake?.();
    });
    for (const socket of this.#sockets) socket.refuseNewcomers();
    await Promise.all(this.#sockets.map((socket) => socket.stopReading(over.promise)));
    while (this.pending > 0 && !grace.over) await new Promise<void>((resolve) => (this.#wake = resolve));
    timer.cancel();
    for (const socket of this.#sockets) socket.flush();
    this.#count();
    this.#collector?.remove();
    for (const socket of this.#sockets) socket.close();
  }

  /** Takes over what has been counted elsewhere. */
  #count(): void {
    for (const socket of this.#sockets) {
      const counts = socket.newCounts();
      this.#counters.errors.value += counts.refused;
      this.#counters.dropped.value += counts.dropped;
      this.#counters.kernelDrops.value += counts.kernelDrops;
    }
  }
}

interface Counters {
  readonly errors: CounterCell;
  readonly dropped: CounterCell;
  readonly kernelDrops: CounterCell;
  readonly restarts: CounterCell;
}

function newCounters({ metrics, server }: BatchedOptions): Counters {
  const count = (name: string, help: string): CounterCell =>
    metrics.counter({ name, help, labels: ['server'] }).cell(server);
  return {
    errors: count('signpost_udp_socket_errors_total', 'Datagrams refused and errors of UDP sockets.'),
    dropped: count(
      'signpost_udp_overload_drops_total',
      'Queries dropped because too many were waiting for the main thread.',
    ),
    kernelDrops: count(
      'signpost_udp_kernel_drops_total',
      'Datagrams that the system dropped because the receive buffer was full.',
    ),
    restarts: count(
      'signpost_udp_worker_restarts_total',
      'Threads reading UDP that were lost and started anew.',
    ),
  };
}
