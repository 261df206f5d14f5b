import type { Query } from '../server/query.ts';
import { addressBytes } from '../wire/address.ts';
import { className, typeName } from '../wire/codes.ts';
import { Network } from '../wire/network.ts';
import { text } from './values.ts';
import type { ExpressionFunction } from './values.ts';

const OPCODE_SHIFT = 11;
/** Networks in Corefiles are few; more than this are asked for only by expressions that make them up. */
const KEPT_NETWORKS = 1_000;
const networks = new Map<string, Network>();

/** What expressions can ask of a query. */
export const queryFunctions: Readonly<Record<string, ExpressionFunction<Query>>> = {
  name: (query) => query.name,
  type: (query) => typeName(query.type),
  class: (query) => className(query.class),
  opcode: (query) => (query.flags >> OPCODE_SHIFT) & 15,
  id: (query) => query.id,
  size: (query) => query.size,
  bufsize: (query) => query.sizeLimit,
  do: (query) => query.edns?.dnssecOk ?? false,
  proto: (query) => query.client.protocol,
  client_ip: (query) => query.client.address,
  port: (query) => String(query.client.port),
  server_ip: (query) => query.client.localAddress,
  server_port: (query) => String(query.client.localPort),
  incidr: (_query, address, network) => {
    const bytes = addressBytes(text(address, 'incidr'));
    if (bytes === undefined) throw new Error(`incidr: '${String(address)}' is no IP address`);
    return readNetwork(text(network, 'incidr')).contains(bytes);
  },
  // Until there is a plugin that offers any.
  metadata: () => '',
};

/** Those whose value depends on the question alone, and not on who asks or with which id. */
export const questionFunctions: ReadonlySet<string> = new Set([
  'name',
  'type',
  'class',
  'opcode',
  'size',
  'bufsize',
  'do',
  'incidr',
]);

function readNetwork(notation: string): Network {
  const known = networks.get(notation);
  if (known !== undefined) return known;
  const network = notation.includes('/') ? Network.parse(notation) : undefined;
  if (network === undefined) throw new Error(`incidr: '${notation}' is no network such as 10.0.0.0/8`);
  if (networks.size < KEPT_NETWORKS) networks.set(notation, network);
  return network;
}
