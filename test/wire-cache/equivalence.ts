import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { NO_OPTIONS } from '../../src/wire/edns.ts';
import { readMessage } from '../../src/wire/message.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { Stage } from './stage.ts';

/** With the cache for some names only, so that others come straight from the cluster. */
const COREFILE = `.:0 {
  bind 127.0.0.1
  errors
  prometheus 127.0.0.1:0
  kubernetes cluster.local in-addr.arpa {
    pods insecure
    ttl CHANGING
    manifests none
    fallthrough in-addr.arpa
  }
  cache 30 CACHED {
    servfail 0
  }
  hosts /dev/null example {
    192.0.2.CHANGING seven.example
    192.0.2.8 seven.example
    fallthrough
  }
  loadbalance
}`;
const CACHED = ['example in-addr.arpa', 'cluster.local', '.'];

const NAMES = [
  'web.shop.svc.cluster.local.',
  'all.shop.svc.cluster.local.',
  'web.lab.svc.cluster.local.',
  'seven.example.',
  'WEB.shop.svc.cluster.local.',
  'one.all.shop.svc.cluster.local.',
  'none.shop.svc.cluster.local.',
  'out.shop.svc.cluster.local.',
  'lab.svc.cluster.local.',
  'cluster.local.',
  '10-0-0-1.shop.pod.cluster.local.',
  '1.0.0.10.in-addr.arpa.',
  '2.0.0.10.in-addr.arpa.',
  'eight.example.',
];
const TYPES = [RecordType.A, RecordType.AAAA, RecordType.SRV, RecordType.PTR, RecordType.SOA];

/** One step; `query` steps carry their packet, changes of the world a number that chooses one. */
type Step =
  | { readonly kind: 'query'; readonly packet: Buffer }
  | { readonly kind: 'change'; readonly which: number; readonly address: number }
  | { readonly kind: 'reload'; readonly cached: number }
  | { readonly kind: 'time'; readonly milliseconds: number };

const query = fc
  .record({
    // Few are asked often, as in life.
    name: fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(NAMES.length - 1) }),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(TYPES.length - 1) },
    ),
    edns: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1232) }),
  })
  .map(({ name, type, edns }): Step => {
    const udp = { udpSize: edns, version: 0, dnssecOk: false, options: NO_OPTIONS };
    const question = { name: NAMES[name]!, type: TYPES[type]!, class: RecordClass.IN };
    const packet = writeQuery({
      id: 4711,
      flags: HeaderFlag.RD,
      question,
      edns: edns === 0 ? undefined : udp,
    });
    return { kind: 'query', packet };
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: query },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('change' as const), which: fc.nat(11), address: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const), cached: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      milliseconds: fc.oneof(fc.integer({ min: 3, max: 500 }), fc.integer({ min: 500, max: 40_000 })),
    }),
  },
);

/** What came of a run. */
export interface Outcome {
  readonly queries: number;
  /** Queries that had been asked twice before, in the same world, within the second. */
  readonly repeats: number;
  readonly hits: number;
}

/**
 * Takes the same steps with a server that has the wire cache and one that has not.
 * @throws AssertionError at the first reply that differs by more than the order of its addresses
 */
export async function compare(steps: number, seed: number): Promise<Outcome> {
  const [sequence] = fc.sample(fc.array(step, { minLength: steps, maxLength: steps, size: 'max' }), {
    numRuns: 1,
    seed,
  });
  const corefile = corefileFor(0);
  await using quick = await Stage.open(corefile, 'batched');
  await using plain = await Stage.open(corefile, 'dgram');
  const both = [quick, plain];
  for (const stage of both) begin(stage);
  let [queries, repeats] = [0, 0];
  let asked = new Map<string, number>();
  for (const [index, taken] of sequence!.entries()) {
    if (taken.kind === 'query') {
      const { packet } = taken;
      packet.writeUInt16BE(index & 0xffff);
      const [one, other] = await Promise.all(both.map((stage) => stage.ask(packet)));
      const where = `step ${index} of seed ${seed}: ${packet.toString('latin1', 12)}`;
      assert.equal(ordered(one!), ordered(other!), where);
      queries++;
      const key = packet.toString('latin1', 2);
      const times = asked.get(key) ?? 0;
      if (times >= 2) repeats++;
      asked.set(key, times + 1);
      for (const stage of both) stage.advance(3);
      continue;
    }
    if (taken.kind !== 'time' || taken.milliseconds > 5000) asked = new Map();
    for (const stage of both) await take(stage, taken);
  }
  return { queries, repeats, hits: await quick.metric('signpost_wire_cache_hits_total') };
}

function corefileFor(choice: number): string {
  return COREFILE.replace('CACHED', CACHED[choice]!).replaceAll('CHANGING', String(20 + choice));
}

/** A reply without its order of addresses: its header and length as they are, its records sorted. */
function ordered(reply: Buffer): string {
  const message = readMessage(reply);
  const sections = [message.answer, message.authority, message.additional].map((records) =>
    records
      .map(
        ({ name, type, class: of, ttl, data }) =>
          `${name} ${type} ${of} ${ttl} ${Buffer.from(data).toString('hex')}`,
      )
      .sort(),
  );
  return JSON.stringify([reply.toString('hex', 0, 12), reply.length, message.edns?.udpSize, sections]);
}

function begin({ store }: Stage): void {
  for (const namespace of ['shop', 'lab', 'far']) store.putNamespace(namespace);
  store.setState('fresh');
}

async function take(stage: Stage, taken: Exclude<Step, { kind: 'query' }>): Promise<void> {
  if (taken.kind === 'time') stage.advance(taken.milliseconds);
  else if (taken.kind === 'change') change(stage, taken.which, taken.address);
  else {
    stage.corefile = corefileFor(taken.cached);
    await stage.signpost.reload();
  }
}

function change({ store }: Stage, which: number, address: number): void {
  const service = { namespace: 'shop', type: 'ClusterIP', externalName: '', externalAddresses: [] } as const;
  const ports = [{ name: 'http', protocol: 'TCP' as const, number: 80 }];
  const actions = [
    () => store.putService({ ...service, name: 'web', clusterIPs: [`10.0.0.${address}`], ports }),
    () => store.removeService('shop', 'web'),
    () => store.putService({ ...service, name: 'all', clusterIPs: ['None'], ports }),
    () => store.removeService('shop', 'all'),
    () =>
      store.putEndpointSlice({
        namespace: 'shop',
        name: 'all-1',
        service: 'all',
        ports,
        endpoints: Array.from({ length: address + 1 }, (_, index) => ({
          addresses: [`10.0.0.${index + 1}`],
          ready: true,
          hostname: index === 0 ? 'one' : '',
          targetName: '',
          node: '',
          zone: '',
        })),
      }),
    () => store.removeEndpointSlice('shop', 'all-1'),
    () => store.removeNamespace('lab'),
    () => store.putNamespace('lab'),
    () =>
      store.putService({
        ...service,
        name: 'out',
        type: 'ExternalName',
        clusterIPs: [],
        externalName: 'web.shop.svc.cluster.local',
        ports: [],
      }),
    // Elsewhere: only the serial of SOA records changes with it.
    () => store.putService({ ...service, namespace: 'far', name: 'it', clusterIPs: ['10.9.9.9'], ports }),
    () => store.removeService('far', 'it'),
    () => store.setState(address === 0 ? 'stale' : 'fresh'),
  ];
  actions[which]!();
}
