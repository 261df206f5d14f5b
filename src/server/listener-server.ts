import type { Logger } from '../log/logger.ts';
import type { ServerMetrics } from '../metrics/server-metrics.ts';
import { Rcode, RecordClass } from '../wire/codes.ts';
import { NO_OPTIONS } from '../wire/edns.ts';
import { FormatError } from '../wire/errors.ts';
import { admissionRcode, admit, malformed, refusal } from './admission.ts';
import { finish } from './finish.ts';
import { MAXIMUM_LOOKUP_DEPTH } from './query.ts';
import type { Arrival, Client, Query } from './query.ts';
import { readQuery } from './read-query.ts';
import type { GivenReply } from './repeat.ts';
import { Reply } from './reply.ts';
import type { Routes } from './routes.ts';

/** What one listen address serves, by one configuration. */
export interface ListenerSettings {
  /** Metric label: `dns://:53`. */
  readonly server: string;
  readonly routes: Routes;
  /** Other classes than IN reach the chain. */
  readonly otherClasses: boolean;
  /** Exceptions end the process instead of the query. */
  readonly debug: boolean;
  /** Exceptions are logged with their stack. */
  readonly stackTraces: boolean;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  /** Told of replies to clients who want repeats, before they are sent. */
  readonly onGiven?: ((given: GivenReply) => void) | undefined;
}

/** From a packet to its reply: admission, reading, routing, the chain, finishing. */
export class ListenerServer implements Arrival {
  readonly server: string;
  readonly #settings: ListenerSettings;
  readonly #routes: Routes;

  constructor(settings: ListenerSettings) {
    this.server = settings.server;
    this.#settings = settings;
    this.#routes = settings.routes;
  }

  /** The reply's bytes; undefined to stay silent. Synchronous when the chain is. */
  handle(packet: Uint8Array, client: Client): Buffer | undefined | Promise<Buffer | undefined> {
    const admission = admit(packet);
    if (admission === 'ignore') return undefined;
    if (admission !== 'accept') return refusal(packet, admissionRcode(admission));
    let query: Query;
    try {
      query = readQuery(packet, client, this);
    } catch (error) {
      if (error instanceof FormatError) return malformed(packet);
      throw error;
    }
    if (query.edns !== undefined && query.edns.version !== 0) return badVersion(query);
    const reply = this.#run(query);
    if (!(reply instanceof Promise)) return this.#send(query, reply, packet);
    // A copy: one late answer must not hold the memory that its packet came in with many others.
    const kept = client.wantsRepeat === true ? Buffer.from(packet) : undefined;
    return reply.then(
      (late) => this.#send(query, late, kept),
      (error: unknown) => this.#send(query, this.#panic(query, error), kept),
    );
  }

  /** Finds the server block and runs its chain. Never throws, never rejects (but with `debug`). */
  resolve(query: Query): Reply | Promise<Reply> {
    const reply = this.#run(query);
    return reply instanceof Promise ? reply.catch((error: unknown) => this.#panic(query, error)) : reply;
  }

  /** The same, but that it may reject: a promise less for each query that waits. */
  #run(query: Query): Reply | Promise<Reply> {
    if (query.class !== RecordClass.IN && !this.#settings.otherClasses) return this.#refuse(query);
    if (query.depth > MAXIMUM_LOOKUP_DEPTH) return this.#fail(query, new Error('look-ups go in a circle'));
    const route = this.#routes.find(query.name, query.type);
    if (route?.chain === undefined) return this.#refuse(query);
    query.zone = route.zone;
    try {
      return route.chain(query);
    } catch (error) {
      return this.#panic(query, error);
    }
  }

  /** A reply that cannot be written, such as one with an impossible name, is its plugin's mistake. */
  #send(query: Query, reply: Reply, packet: Uint8Array | undefined): Buffer | undefined {
    if (reply === Reply.silence) return undefined;
    try {
      const bytes = finish(query, reply);
      if (query.client.wantsRepeat === true && packet !== undefined) {
        this.#settings.onGiven?.({ packet, query, reply, bytes });
      }
      return bytes;
    } catch (error) {
      return finish(query, this.#panic(query, error));
    }
  }

  #refuse(query: Query): Reply {
    return this.#drop(query, Reply.failure(Rcode.Refused, ''));
  }

  /** Counts a reply that no chain has made. */
  #drop(query: Query, reply: Reply): Reply {
    this.#settings.metrics.dropped(query, reply.rcode);
    return reply;
  }

  #fail(query: Query, error: Error): Reply {
    this.#settings.log.error(`${query.name} ${error.message}`);
    return this.#drop(query, Reply.failure(Rcode.ServerFailure, '', error));
  }

  #panic(query: Query, error: unknown): Reply {
    const { debug, stackTraces, log, metrics } = this.#settings;
    if (debug) {
      // Out of the promise, so that nobody catches it.
      queueMicrotask(() => {
        throw error;
      });
    }
    metrics.panics.value++;
    const failure = error instanceof Error ? error : new Error(String(error));
    log.error(
      `Recovered from panic in server: "${this.server}" ${query.name}: ${stackTraces ? failure.stack : failure.message}`,
    );
    return this.#drop(query, Reply.failure(Rcode.ServerFailure, '', failure));
  }
}

/** RFC 6891, section 6.1.3. The OPT record says no more than our version, as CoreDNS's does. */
function badVersion(query: Query): Buffer {
  const edns = { udpSize: 0, version: 0, dnssecOk: false, options: NO_OPTIONS };
  return finish(query.with({ edns }), Reply.failure(Rcode.BadVersion, ''));
}
