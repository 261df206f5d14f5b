/** Where Signpost listens: an IP address ('' for all of them) and a port. */
export interface ListeningPlace {
  readonly address: string;
  readonly port: number;
}

/** Questions to the shop of examples/cluster, as `dig` takes them. */
const shopQuestions = [
  'web.shop.svc.cluster.local',
  '_postgresql._tcp.postgres.data.svc.cluster.local SRV',
  '-x 10.96.0.10',
];

/** Whether `npm start` runs us, and so a person who may be new here. npm names its script in the environment. */
export function startedByNpm(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['npm_lifecycle_event'] === 'start';
}

/**
 * The lines that greet a newcomer: where Signpost listens, and what to try.
 * @param corefile the path given by `-conf`; only the example's names are known to answer
 */
export function welcome(places: readonly ListeningPlace[], corefile: string): string[] {
  const first = places[0];
  if (first === undefined) return [];
  const lines = ['', `Signpost listens on ${places.map(placeText).join(', ')}, by UDP and TCP.`];
  if (corefile.endsWith('Corefile.example')) {
    const dig = `dig @${reachable(first.address)} -p ${first.port}`;
    lines.push('Ask it for something:', ...shopQuestions.map((question) => `  ${dig} ${question}`));
    lines.push('Change a file in examples/cluster, save it, and ask again.');
  }
  return [...lines, 'Ctrl-C stops it.', ''];
}

function placeText({ address, port }: ListeningPlace): string {
  if (address === '') return `port ${port} of every address`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An address that a client on this machine can ask. */
function reachable(address: string): string {
  if (address === '' || address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
