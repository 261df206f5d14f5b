import assert from 'node:assert/strict';
import fc from 'fast-check';
import { typeName } from '../../src/wire/codes.ts';
import { until } from '../kit/until.ts';
import { begin, changes } from './changes.ts';
import { COREFILES, corefileFor } from './corefile.ts';
import { Folder } from './folder.ts';
import { isTruncated, meaningOf, recordsOf, withoutOrder } from './replies.ts';
import { Stage } from './stage.ts';
import { step } from './steps.ts';
import type { Event, Packet, Step } from './steps.ts';

/** Steps at the beginning while which the cluster is not known yet. */
const SYNCING = 20;
/** How often the loop turns for a reload to come as far as it gets while a query is on its way. */
const TURNS = 20;
/** Milliseconds after each query. What was learned is on its way to the worker then. */
const PACE = 3;
/** Of so many plain repeats at least half must be hits. */
const ENOUGH_REPEATS = 50;
/** What both have counted alike in the end, whoever answered. */
const EXACT = [
  'coredns_dns_requests_total',
  'coredns_dns_responses_total',
  'coredns_dns_request_size_bytes_sum',
  'coredns_dns_response_size_bytes_sum',
  'coredns_cache_requests_total',
  'coredns_cache_hits_total',
  'coredns_cache_misses_total',
  'coredns_template_matches_total',
];

/** What came of a run. */
export interface Outcome {
  readonly queries: number;
  /** Queries without options that had been asked twice before, in the same world, within a few seconds. */
  readonly repeats: number;
  readonly hits: number;
}

/** At a step, the servers did not do the same. */
export class Difference extends Error {
  override readonly name = 'Difference';
  /** How many steps were taken before. */
  readonly step: number;

  constructor(index: number, seed: number, what: string, cause: unknown) {
    super(`step ${index} of seed ${seed}: ${what}: ${(cause as Error).message}`, { cause });
    this.step = index;
  }
}

/**
 * Takes the same random steps with three servers: one with the wire cache, one without it, and one that keeps
 * nothing at all, which is asked what is made from local data only.
 * @throws Difference at the first reply that differs by more than the order of its records
 */
export async function compare(steps: number, seed: number): Promise<Outcome> {
  const [sequence] = fc.sample(fc.array(step, { minLength: steps, maxLength: steps, size: 'max' }), {
    numRuns: 1,
    seed,
  });
  using folder = new Folder();
  await using quick = await Stage.open(corefileFor(seed % COREFILES, folder, true), 'batched');
  await using plain = await Stage.open(corefileFor(seed % COREFILES, folder, true), 'dgram');
  await using bare = await Stage.open(corefileFor(seed % COREFILES, folder, false), 'dgram');
  const comparison = new Comparison({ quick, plain, bare }, folder);
  let index = 0;
  try {
    for (const taken of sequence!) {
      if (index === SYNCING) await comparison.know();
      await comparison.take(taken);
      index++;
    }
    return await comparison.end();
  } catch (error) {
    const what = index === steps ? 'the end' : textOf(sequence![index]!);
    throw new Difference(index, seed, what, error);
  }
}

class Comparison {
  readonly #quick: Stage;
  readonly #plain: Stage;
  readonly #bare: Stage;
  readonly #folder: Folder;
  #id = 0;
  #queries = 0;
  #repeats = 0;
  /** How often each was asked in this world. */
  #asked = new Map<string, number>();

  constructor({ quick, plain, bare }: { quick: Stage; plain: Stage; bare: Stage }, folder: Folder) {
    this.#quick = quick;
    this.#plain = plain;
    this.#bare = bare;
    this.#folder = folder;
    for (const stage of this.#stages) begin(stage);
  }

  get #stages(): readonly Stage[] {
    return [this.#quick, this.#plain, this.#bare];
  }

  /** The cluster is known from now on. */
  async know(): Promise<void> {
    for (const stage of this.#stages) stage.store.setState('fresh');
    this.#asked.clear();
  }

  async take(taken: Step): Promise<void> {
    switch (taken.kind) {
      case 'query':
        return this.#ask(taken.packet);
      case 'tcp':
        return this.#askByTcp(taken.packet);
      case 'surprise':
        for (const event of [taken.event, more(taken.event)]) {
          for (let time = 0; time < 4; time++) await this.#ask(taken.packet);
          await this.#happen(event);
        }
        return this.#ask(taken.packet);
      case 'overtaken':
        return this.#overtake(taken.packet, taken.event);
      default:
        return this.#happen(taken);
    }
  }

  /** Nobody has counted otherwise, and enough were hits. */
  async end(): Promise<Outcome> {
    const hits = await this.#quick.metric('signpost_wire_cache_hits_total');
    if (this.#repeats >= ENOUGH_REPEATS) {
      assert.ok(hits >= this.#repeats / 2, `${hits} hits, ${this.#repeats} plain repeats`);
    }
    for (const name of EXACT) {
      assert.equal(await this.#quick.metric(name), await this.#plain.metric(name), name);
    }
    return { queries: this.#queries, repeats: this.#repeats, hits };
  }

  async #ask(packet: Packet): Promise<void> {
    const bytes = this.#withId(packet);
    const replies = await Promise.all([this.#quick.ask(bytes), this.#plain.ask(bytes)]);
    this.#count(packet);
    await this.#compare(packet, bytes, ...replies);
    this.#advance(PACE);
  }

  async #askByTcp(packet: Packet): Promise<void> {
    const bytes = this.#withId(packet);
    const [one, other] = await Promise.all([this.#quick.askByTcp(bytes), this.#plain.askByTcp(bytes)]);
    assert.equal(withoutOrder(one), withoutOrder(other));
  }

  /** Something happens while the query waits for the upstream, if that is who answers it. */
  async #overtake(packet: Packet, event: Event): Promise<void> {
    const bytes = this.#withId(packet);
    const both = [this.#quick, this.#plain];
    const asked = both.map(async (stage) => {
      stage.upstream.hold();
      let isAnswered = false;
      const reply = stage.ask(bytes).finally(() => (isAnswered = true));
      // It is asserted below.
      reply.catch(() => undefined);
      await until(() => isAnswered || stage.upstream.waiting > 0);
      return { reply };
    });
    const [one, other] = await Promise.all(asked);
    const happening = this.#happen(event);
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
    for (const { upstream } of both) upstream.release();
    await happening;
    this.#queries++;
    assert.equal(withoutOrder(await one!.reply), withoutOrder(await other!.reply));
    this.#advance(PACE);
    for (let time = 0; time < 3; time++) await this.#ask(packet);
  }

  async #compare(packet: Packet, bytes: Buffer, one: Buffer, other: Buffer): Promise<void> {
    assert.equal(withoutOrder(one), withoutOrder(other), 'with and without the wire cache');
    if (isTruncated(one)) {
      const [whole] = await Promise.all([this.#plain.askByTcp(bytes), this.#quick.askByTcp(bytes)]);
      const all = new Set(recordsOf(whole));
      for (const reply of [one, other])
        for (const record of recordsOf(reply)) assert.ok(all.has(record), `${record} is made up`);
      return;
    }
    if (!packet.asked.local) return;
    assert.equal(meaningOf(one), meaningOf(await this.#bare.ask(bytes)), 'with and without any cache');
  }

  async #happen(event: Event): Promise<void> {
    // Seconds in which TTLs run down are still the same world.
    if (event.kind !== 'time' || event.milliseconds > 5000) this.#asked.clear();
    switch (event.kind) {
      case 'time':
        return this.#advance(event.milliseconds);
      case 'change':
        for (const stage of this.#stages) changes[event.which]!.make(stage, event.address);
        return;
      case 'reload':
        for (const stage of this.#stages) {
          stage.corefile = corefileFor(event.corefile, this.#folder, stage !== this.#bare);
        }
        return this.#reload();
      case 'hosts':
        // What is kept is then of another configuration than the file is read for.
        if (event.address >= 2) await this.#reload();
        return this.#followHosts(event.address);
      case 'zone':
        return this.#followZone(event.address);
    }
  }

  async #reload(): Promise<void> {
    await Promise.all(this.#stages.map((stage) => stage.signpost.reload()));
  }

  async #followHosts(address: number): Promise<void> {
    const time = this.#folder.writeHosts(address);
    const name = 'coredns_hosts_reload_timestamp_seconds';
    await this.#follow(async (stage) => (await stage.metric(name)) === time);
  }

  async #followZone(address: number): Promise<void> {
    const line = `with ${this.#folder.writeZone(address)} SOA serial`;
    await this.#follow((stage) => stage.lines.some((text) => text.endsWith(line)));
  }

  /** Lets the same time pass everywhere until all have read a file. */
  async #follow(hasRead: (stage: Stage) => boolean | Promise<boolean>): Promise<void> {
    await until(async () => {
      this.#advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const stage of this.#stages) if (!(await hasRead(stage))) return false;
      return true;
    });
  }

  #advance(milliseconds: number): void {
    for (const stage of this.#stages) stage.advance(milliseconds);
  }

  #withId({ bytes }: Packet): Buffer {
    this.#id = (this.#id + 1) & 0xffff;
    const packet = Buffer.from(bytes);
    packet.writeUInt16BE(this.#id);
    return packet;
  }

  #count({ bytes, plain }: Packet): void {
    this.#queries++;
    if (!plain) return;
    const key = bytes.toString('latin1', 2);
    const times = this.#asked.get(key) ?? 0;
    if (times >= 2) this.#repeats++;
    this.#asked.set(key, times + 1);
  }
}

/** The same once more, with another address, or the other one of the pair. */
function more(event: Event): Event {
  if (!('address' in event)) return event;
  const next = { ...event, address: (event.address + 1) % 4 };
  return next.kind === 'change' && next.address % 2 === 0 ? { ...next, which: next.which ^ 1 } : next;
}

function textOf(taken: Step): string {
  if (!('packet' in taken)) return eventText(taken);
  const { name, type } = taken.packet.asked;
  const event = 'event' in taken ? ` and ${eventText(taken.event)}` : '';
  return `${taken.kind} ${name} ${typeName(type)} ${taken.packet.bytes.toString('hex')}${event}`;
}

function eventText(event: Event): string {
  return event.kind === 'change'
    ? `${changes[event.which]!.title} (${event.address})`
    : JSON.stringify(event);
}
