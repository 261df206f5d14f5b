import { ClusterStore } from '../../src/cluster/cluster-store.ts';
import type { EndpointInput, PortInput, ServiceInput } from '../../src/cluster/cluster-writer.ts';
import { seededRandom } from '../../src/plugin/random.ts';
import type { Query } from '../../src/server/query.ts';
import type { QueryFields } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { VersionCells } from '../../src/truth/version-cells.ts';
import { addressBytes } from '../../src/wire/address.ts';
import { Rcode, rcodeName, typeFromName } from '../../src/wire/codes.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { question } from '../../test/kit/question.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { KubernetesHandler } from './handler.ts';
import { kubernetes } from './index.ts';

/** Unix time at which the test clock begins: the serial of every SOA record in tests. */
export const SERIAL = Date.UTC(2026, 0, 1) / 1000;

/** A small cluster for tests of this plugin, and a handler over it. */
export class TestWorld {
  readonly cells = new VersionCells(65_536);
  readonly clock = new FakeClock();
  readonly store = new ClusterStore({ cells: this.cells, clock: this.clock, random: seededRandom(1) });
  readonly clusterSet = new ClusterStore({ cells: this.cells, clock: this.clock, random: seededRandom(2) });
  readonly handler: KubernetesHandler;
  /** Names of the queries that went to the next plugin. */
  readonly passedOn: string[] = [];
  /** What the server answers when it is asked itself, by name and type. */
  readonly elsewhere = new Map<string, Reply | Promise<Reply>>();

  /** @param properties lines of the directive's block */
  constructor(properties = '', zones = 'cluster.local in-addr.arpa ip6.arpa', locals = ['192.0.2.2']) {
    const text = `kubernetes ${zones} {\nmanifests x\n${properties}\n}`;
    const backend = {
      options: parsePlugin(kubernetes, text),
      cluster: this.store,
      services: this.store,
      cells: this.cells,
      localAddresses: locals.map((text) => addressBytes(text)!),
    };
    this.handler = new KubernetesHandler(backend, { ...backend, services: this.clusterSet });
  }

  namespaces(...names: readonly string[]): this {
    for (const name of names) this.store.putNamespace(name);
    return this;
  }

  /** @param ports as `name:protocol:number` */
  service(key: string, addresses: string, ports: string, changes: Partial<ServiceInput> = {}): this {
    const [name, namespace] = key.split('.') as [string, string];
    this.store.putService({
      namespace,
      name,
      type: 'ClusterIP',
      clusterIPs: addresses.split(' '),
      externalName: '',
      ports: portList(ports),
      externalAddresses: [],
      ...changes,
    });
    return this;
  }

  external(key: string, externalName: string): this {
    return this.service(key, '', '', { type: 'ExternalName', clusterIPs: [], externalName });
  }

  /** @param endpoints as `address hostname targetName zone`, `-` for none, `!` before those that are not ready */
  slice(name: string, service: string, ports: string, ...endpoints: readonly string[]): this {
    const [label, namespace] = service.split('.') as [string, string];
    this.store.putEndpointSlice({
      namespace,
      name,
      service: label,
      ports: portList(ports),
      endpoints: endpoints.map(endpointInput),
    });
    return this;
  }

  /** @param addresses of type ClusterSetIP, '' while there are none; `None` is Headless */
  serviceImport(key: string, addresses: string, ports: string): this {
    const [name, namespace] = key.split('.') as [string, string];
    this.clusterSet.putService({
      namespace,
      name,
      type: addresses === '' ? 'ClusterSetIP' : 'ClusterIP',
      clusterIPs: addresses.split(' ').filter((address) => address !== ''),
      externalName: '',
      ports: portList(ports),
      externalAddresses: [],
    });
    return this;
  }

  /** @param endpoints as in `slice` */
  importedSlice(
    name: string,
    service: string,
    cluster: string,
    ports: string,
    ...endpoints: readonly string[]
  ): this {
    const [label, namespace] = service.split('.') as [string, string];
    this.clusterSet.putEndpointSlice({
      namespace,
      name,
      service: label,
      cluster,
      ports: portList(ports),
      endpoints: endpoints.map(endpointInput),
    });
    return this;
  }

  pod(key: string, address: string): this {
    const [name, namespace] = key.split('.') as [string, string];
    this.store.putPod({ namespace, name, address });
    return this;
  }

  synced(): this {
    this.store.setState('fresh');
    this.clusterSet.setState('fresh');
    return this;
  }

  query(ask: string, changes: Partial<QueryFields> = {}): Query {
    const [name, type] = ask.split(' ') as [string, string];
    return question(name, {
      type: typeFromName(type)!,
      arrival: {
        server: 'dns://:53',
        resolve: (query) => {
          const reply = this.elsewhere.get(`${query.originalName} ${query.type}`);
          return reply ?? Reply.failure(Rcode.Refused, '');
        },
      },
      ...changes,
    });
  }

  /** @param ask `name. TYPE` */
  handle(ask: string | Query): Reply | Promise<Reply> {
    return this.handler.handle(typeof ask === 'string' ? this.query(ask) : ask, (query) => {
      this.passedOn.push(query.name);
      return Reply.failure(Rcode.ServerFailure, 'next');
    });
  }

  /** The reply as lines: the rcode unless it is NOERROR, then the sections' records. */
  async ask(ask: string | Query): Promise<string[]> {
    const reply = await this.handle(ask);
    const lines = reply.rcode === Rcode.NoError ? [] : [rcodeName(reply.rcode)];
    if (!reply.authoritative) lines.push('not authoritative');
    if (reply.truncated) lines.push('truncated');
    for (const record of reply.answer) lines.push(recordText(record));
    for (const record of reply.authority) lines.push(`authority: ${recordText(record)}`);
    for (const record of reply.additional) lines.push(`additional: ${recordText(record)}`);
    return lines;
  }
}

/** The SOA record of a negative answer. */
export function soa(zone = 'cluster.local.', ttl = 5, serial = SERIAL): string {
  const recordTtl = Math.min(ttl, 300);
  return `authority: ${zone} ${recordTtl} SOA ns.dns.${zone} hostmaster.${zone} ${serial} 7200 1800 86400 ${ttl}`;
}

/** The shop that most tables ask about. */
export function shop(world: TestWorld): TestWorld {
  return world
    .namespaces('prod', 'empty', 'kube-system')
    .service('web.prod', '10.96.0.10 fd00:96::10', 'http:TCP:80 https:TCP:443')
    .slice('web-1', 'web.prod', 'http:TCP:8080 https:TCP:8443', '10.1.0.1 - web-a', '10.1.0.2 - web-b')
    .service('solo.prod', '10.96.0.11', ':TCP:80')
    .service('bare.prod', '10.96.0.12', '')
    .service('db.prod', 'None', 'sql:TCP:3306')
    .slice('db-4', 'db.prod', 'sql:TCP:13306', '10.1.1.1 db-0', '10.1.1.2 db-1', '!10.1.1.3 db-2')
    .slice('db-6', 'db.prod', 'sql:TCP:13306', 'fd00:1::1 db-0', 'fd00:1:: -')
    .service('idle.prod', 'None', 'http:TCP:80')
    .slice('idle-1', 'idle.prod', 'http:TCP:80', '!10.1.9.9')
    .service('portless.prod', 'None', '')
    .slice('portless-1', 'portless.prod', '', '10.1.2.1', '10.1.2.2')
    .service('two.prod', 'None', 'a:TCP:1 b:UDP:2')
    .slice('two-1', 'two.prod', 'a:TCP:1 b:UDP:2', '10.1.3.1')
    .slice('two-2', 'two.prod', 'a:TCP:1', '10.1.3.1', '10.1.3.2')
    .external('in.prod', 'web.prod.svc.cluster.local')
    .external('chain.prod', 'IN.prod.svc.cluster.local.')
    .external('out.prod', 'www.Example.org')
    .external('missing.prod', 'nothing.prod.svc.cluster.local')
    .external('loop.prod', 'below.loop.prod.svc.cluster.local')
    .external('ping.prod', 'pong.prod.svc.cluster.local')
    .external('pong.prod', 'ping.prod.svc.cluster.local')
    .external('number.prod', '192.0.2.7')
    .external('server.prod', 'ns.dns.cluster.local')
    .pod('web-a.prod', '10.1.0.1')
    .pod('six.prod', 'fd00:1::9')
    .synced();
}

function portList(text: string): PortInput[] {
  return text
    .split(' ')
    .filter((port) => port !== '')
    .map((port) => {
      const [name, protocol, number] = port.split(':') as [string, string, string];
      return { name, protocol, number: Number(number) };
    });
}

function endpointInput(text: string): EndpointInput {
  const ready = !text.startsWith('!');
  const words = (ready ? text : text.slice(1)).split(' ').map((word) => (word === '-' ? '' : word));
  const [address, hostname = '', targetName = '', zone = ''] = words as [string, string?, string?, string?];
  return { addresses: [address], ready, hostname, targetName, node: '', zone };
}
