import { addressText } from '../../wire/address.ts';
import { RecordType } from '../../wire/codes.ts';
import { FormatError } from '../../wire/errors.ts';
import { nameInData } from '../../wire/rdata.ts';
import { sameName } from '../cached-record.ts';
import type { CachedRecord } from '../cached-record.ts';
import type { LinkEngine } from '../link-engine.ts';
import type { RecordListener, Subscription } from '../record-cache.ts';
import { textStrings } from './link-service.ts';
import type { LinkService, ServiceListener } from './link-service.ts';

/** Follows one service instance: its SRV and TXT records, and the addresses of the host that they name. */
export class InstanceFollower {
  readonly #engine: LinkEngine;
  readonly #name: string;
  readonly #type: string;
  readonly #listener: ServiceListener;
  readonly #subscriptions: Subscription[];
  #host = '';
  #hostSubscriptions: Subscription[] = [];
  #service: LinkService | undefined;
  #closed = false;

  constructor(engine: LinkEngine, name: string, type: string, listener: ServiceListener) {
    this.#engine = engine;
    this.#name = name;
    this.#type = type;
    this.#listener = listener;
    this.#subscriptions = [RecordType.SRV, RecordType.TXT].map((recordType) =>
      this.#follow(name, recordType),
    );
  }

  close(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.close();
    this.#leaveHost();
    if (this.#service !== undefined) this.#listener.lost(this.#service);
    this.#service = undefined;
  }

  #follow(name: string, type: number): Subscription {
    const look = (): void => this.#look();
    const listener: RecordListener = { appeared: look, gone: look };
    return this.#engine.querier.subscribe(name, type, listener);
  }

  #look(): void {
    // The first of several that it follows may be known at once.
    if (this.#closed) return;
    const srv = this.#known(this.#name, RecordType.SRV).at(-1);
    this.#followHost(srv === undefined ? '' : nameInData(srv.record.data, 6));
    const service = srv && this.#assemble(srv);
    const before = this.#service;
    this.#service = service;
    if (service === undefined) {
      if (before !== undefined) this.#listener.lost(before);
    } else if (before === undefined) this.#listener.found(service);
    else if (!saysTheSame(service, before)) this.#listener.changed(service);
  }

  #assemble(srv: CachedRecord): LinkService | undefined {
    const host = this.#host;
    const hosts = [...this.#known(host, RecordType.A), ...this.#known(host, RecordType.AAAA)];
    if (hosts.length === 0) return undefined;
    const text = this.#known(this.#name, RecordType.TXT).slice(-1);
    const { data } = srv.record;
    return {
      name: this.#name,
      type: this.#type,
      host,
      port: (data[4]! << 8) | data[5]!,
      addresses: hosts.map(({ record }) => addressText(record.data)),
      text: text.flatMap(({ record }) => readableText(record.data)),
      records: [srv, ...text, ...hosts],
    };
  }

  #followHost(host: string): void {
    if (sameName(host, this.#host)) return;
    this.#leaveHost();
    this.#host = host;
    if (host === '') return;
    this.#hostSubscriptions = [RecordType.A, RecordType.AAAA].map((type) => this.#follow(host, type));
  }

  #leaveHost(): void {
    const left = this.#hostSubscriptions;
    this.#hostSubscriptions = [];
    for (const subscription of left) subscription.close();
  }

  #known(name: string, type: number): readonly CachedRecord[] {
    return this.#engine.cache.lookup(name, type);
  }
}

function saysTheSame(left: LinkService, right: LinkService): boolean {
  return (
    left.host === right.host &&
    left.port === right.port &&
    left.addresses.join() === right.addresses.join() &&
    left.text.join('\n') === right.text.join('\n')
  );
}

function readableText(data: Uint8Array): string[] {
  try {
    return textStrings(data);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [];
  }
}
