import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { platform } from 'node:os';
import { test } from 'node:test';
import { parseCorefile } from '../../src/corefile/corefile.ts';
import { DataPlane } from '../../src/data-plane/data-plane.ts';
import { createLogger } from '../../src/log/logger.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import { plugins } from '../../src/plugin/registry.ts';
import { Signpost } from '../../src/signpost.ts';
import { openPlainDns } from '../../src/transport/open.ts';
import type { HotAnswersSource, HotAnswersTeacher } from '../../src/transport/batched/hot-answers.ts';
import { VersionCells } from '../../src/truth/version-cells.ts';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { until } from '../kit/until.ts';

const SERVER = 'dns://127.0.0.1:0';
/** What is asked, and the zone that answers. */
const QUESTIONS = [
  { name: 'seven.example.', type: 'A', zone: '.' },
  { name: 'seven.example.', type: 'AAAA', zone: '.' },
  { name: 'Seven.Example.', type: 'A', zone: '.' },
  { name: 'x.gone.example.', type: 'A', zone: '.' },
  { name: 'refused.example.', type: 'TXT', zone: '.' },
  { name: 'a.other.test.', type: 'A', zone: 'other.test.' },
  { name: 'a.other.test.', type: 'MX', zone: 'other.test.' },
  { name: 'none.other.test.', type: 'A', zone: 'other.test.' },
] as const;
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
const CLIENTS = 12;

function corefile(workers: number, reloads: number): string {
  return `.:0 {
  bind 127.0.0.1
  multisocket ${workers}
  errors
  prometheus 127.0.0.1:0
  cache 30
  hosts {
    192.0.2.7 seven.example
    192.0.2.${reloads + 1} other.example
    fallthrough
  }
  template ANY ANY gone.example {
    rcode NXDOMAIN
  }
  template ANY ANY refused.example {
    rcode REFUSED
  }
}
other.test:0 {
  bind 127.0.0.1
  prometheus 127.0.0.1:0
  hosts {
    192.0.2.8 a.other.test
  }
}`;
}

// Elsewhere there are no workers.
if (platform() === 'linux') {
  for (const workers of [1, 2]) {
    test(`every label set counts what clients saw, across reloads and lost workers: ${workers} of them`, () =>
      countsExactly(workers));
  }
}

async function countsExactly(workers: number): Promise<void> {
  await using stage = await CountedStage.open(workers);
  await stage.askAll(15);
  await stage.reload();
  await stage.askAll(5);
  // What is asked to lose one is alone in its batch, and the client does not count it either.
  for (let crash = 1; crash <= 3; crash++) {
    // One that was lost young is replaced a second later; another at once, with hits that nobody has added up yet.
    const isYoung = crash === 2;
    if (!isYoung) stage.clock.advance(1000);
    await stage.askAll(3);
    stage.crash();
    await until(() => stage.restartsTold() === crash);
    // These wait in the socket for the next worker.
    const asking = stage.askAll(2);
    if (isYoung) stage.clock.advance(1000);
    await asking;
    if (isYoung) await stage.reload();
  }
  const [asking] = [stage.askAll(6), stage.reload()];
  await asking;
  await stage.askAll(3);

  assert.deepEqual(
    await stage.sums('coredns_dns_requests_total', ['zone', 'proto', 'family', 'type']),
    stage.requests,
  );
  assert.deepEqual(await stage.sums('coredns_dns_responses_total', ['zone', 'rcode']), stage.responses);
  for (const histogram of ['request_duration_seconds', 'response_size_bytes', 'request_size_bytes']) {
    const counted = await stage.sums(`coredns_dns_${histogram}_count`, ['zone']);
    assert.deepEqual(counted, stage.zones, histogram);
  }
  const cached = stage.zones.get('.')!;
  assert.deepEqual([...(await stage.sums('coredns_cache_requests_total', [])).values()], [cached]);
  const hits = (await stage.sums('coredns_cache_hits_total', [])).get('')!;
  const misses = (await stage.sums('coredns_cache_misses_total', [])).get('')!;
  assert.equal(hits + misses, cached);

  const byWorkers = (await stage.sums('signpost_wire_cache_hits_total', [])).get('')!;
  assert.ok(byWorkers > 500, `${byWorkers} hits: the workers must have a share in what is counted`);
  assert.deepEqual([...(await stage.sums('signpost_udp_worker_restarts_total', [])).values()], [3]);
}

/** A server, some clients, and what these have counted of it, by label values with commas between them. */
class CountedStage implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly metrics = new PrometheusRegistry();
  readonly lines: string[] = [];
  readonly requests = new Map<string, number>();
  readonly responses = new Map<string, number>();
  readonly zones = new Map<string, number>();
  readonly #workers: number;
  readonly #signpost: Signpost;
  readonly #clients: Socket[] = [];
  #reloads = 0;
  #port = 0;

  private constructor(workers: number) {
    const { clock, metrics } = this;
    this.#workers = workers;
    const log = createLogger((line) => this.lines.push(line));
    const surroundings = { clock, metrics, log, cells: new VersionCells(65_536), random: seededRandom(2) };
    const dataPlane = new DataPlane(surroundings);
    const load = (): ReturnType<typeof parseCorefile> =>
      parseCorefile(corefile(this.#workers, this.#reloads), {
        file: 'Corefile',
        environment: {},
        defaultPort: 0,
        readFile: () => '',
        warn: () => undefined,
      });
    const openTransports = openPlainDns(surroundings, { SIGNPOST_UDP: 'batched' }, (server) =>
      faulty(dataPlane.teach(server)),
    );
    this.#signpost = new Signpost({ surroundings, plugins, load, openTransports, dataPlane });
  }

  static async open(workers: number): Promise<CountedStage> {
    const stage = new CountedStage(workers);
    await stage.#signpost.start();
    stage.#port = stage.#signpost.listeners.port(SERVER)!;
    for (let index = 0; index < CLIENTS; index++) {
      const socket = createSocket('udp4');
      socket.connect(stage.#port, '127.0.0.1');
      await once(socket, 'connect');
      stage.#clients.push(socket);
    }
    return stage;
  }

  /** Every client asks everything, one question after the other, and one asks by TCP too; so many times. */
  async askAll(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await Promise.all([...this.#clients.map((client) => this.#askByUdp(client)), this.#askByTcp()]);
      this.clock.advance(3);
    }
  }

  async reload(): Promise<void> {
    this.#reloads++;
    await this.#signpost.reload();
    assert.ok(this.lines.includes('[INFO] Reloading complete'), this.lines.at(-1)!);
  }

  /** Sends what a worker is lost by. */
  crash(): void {
    this.#clients[0]!.send(question('crash.example.', 'A', 0));
  }

  restartsTold(): number {
    return this.lines.filter((line) => line.includes('a thread that reads UDP is lost (crashed on purpose)'))
      .length;
  }

  /** The values of a metric, added up by some of its labels. */
  async sums(name: string, labels: readonly string[]): Promise<Map<string, number>> {
    const { body } = await this.metrics.expose();
    const sums = new Map<string, number>();
    for (const line of body.split('\n').filter((text) => text.startsWith(`${name}{`))) {
      const values = labels.map((label) => new RegExp(`[{,]${label}="([^"]*)"`).exec(line)![1]!);
      count(sums, values.join(','), Number(line.slice(line.lastIndexOf(' ') + 1)));
    }
    return sums;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#signpost.shutdown(0);
  }

  async #askByUdp(client: Socket): Promise<void> {
    for (const [id, { name, type, zone }] of QUESTIONS.entries()) {
      const reply = once(client, 'message') as Promise<[Buffer]>;
      client.send(question(name, type, id));
      this.#note(zone, 'udp', type, (await reply)[0]);
    }
  }

  async #askByTcp(): Promise<void> {
    const { name, type, zone } = QUESTIONS[0];
    const packet = question(name, type, 1);
    const socket = connect(this.#port, '127.0.0.1');
    socket.write(Buffer.from([0, packet.length]));
    socket.write(packet);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    this.#note(zone, 'tcp', type, reply.subarray(2));
  }

  #note(zone: string, proto: string, type: string, reply: Buffer): void {
    count(this.requests, `${zone},${proto},1,${type}`, 1);
    count(this.responses, `${zone},${RCODES[reply[3]! & 15]}`, 1);
    count(this.zones, zone, 1);
  }
}

function count(sums: Map<string, number>, key: string, more: number): void {
  sums.set(key, (sums.get(key) ?? 0) + more);
}

/** Has a teacher's worker die on demand. */
function faulty(teacher: HotAnswersTeacher): HotAnswersTeacher {
  const module = new URL('./test-faulty-hot-answers.ts', import.meta.url).href;
  (teacher as { source: HotAnswersSource }).source = { ...teacher.source, module };
  return teacher;
}

function question(name: string, type: keyof typeof RecordType, id: number): Buffer {
  const asked = { name, type: RecordType[type], class: RecordClass.IN };
  return writeQuery({ id, flags: HeaderFlag.RD, question: asked, edns: undefined });
}
