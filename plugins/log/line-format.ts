import { isSilent } from '../../src/server/response-type.ts';
import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { className, HeaderFlag, rcodeName, typeName } from '../../src/wire/codes.ts';
import { messageLength } from '../../src/wire/length.ts';

/** CoreDNS's `{common}`. */
export const COMMON_FORMAT =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
/** CoreDNS's `{combined}`. */
const COMBINED_FORMAT = `${COMMON_FORMAT} "{>opcode}"`;

/** Gives the text that stands in the place of a placeholder. */
type Field = (query: Query, reply: Reply, milliseconds: number) => string;

/** A format, compiled: texts and fields in turn. */
export type LineFormat = readonly (string | Field)[];

/** What stands for something that is not there. */
const NOTHING = '-';

const fields: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['{type}', (query) => typeName(query.type)],
  ['{class}', (query) => className(query.class)],
  ['{name}', (query) => query.name],
  ['{proto}', (query) => query.client.protocol],
  ['{remote}', (query) => bracketed(query.client.address)],
  ['{local}', (query) => bracketed(query.client.localAddress)],
  ['{port}', (query) => String(query.client.port)],
  ['{size}', (query) => String(query.size)],
  ['{rcode}', (_query, reply) => (isSilent(reply) ? NOTHING : rcodeText(reply.rcode))],
  ['{rsize}', (query, reply) => String(isSilent(reply) ? 0 : messageLength(query, reply))],
  ['{duration}', (_query, _reply, milliseconds) => secondsText(milliseconds)],
  ['{>id}', (query) => String(query.id)],
  ['{>opcode}', (query) => String((query.flags >> 11) & 15)],
  ['{>do}', (query) => String(query.edns?.dnssecOk === true)],
  ['{>bufsize}', (query) => String(query.sizeLimit)],
  ['{>rflags}', (query, reply) => (isSilent(reply) ? NOTHING : flagsText(query, reply))],
]);

/** Takes a format apart, once, so that a query costs no search. Unknown placeholders stay as they are. */
export function compileFormat(format: string): LineFormat {
  const whole = format.replaceAll('{common}', COMMON_FORMAT).replaceAll('{combined}', COMBINED_FORMAT);
  const parts: (string | Field)[] = [];
  let text = '';
  for (const piece of whole.split(/(\{[^{}]*\})/)) {
    const field = fieldOf(piece);
    if (field === undefined) text += piece;
    else {
      if (text !== '') parts.push(text);
      parts.push(field);
      text = '';
    }
  }
  if (text !== '') parts.push(text);
  return parts;
}

/** The line for a query and its reply. */
export function formatLine(format: LineFormat, query: Query, reply: Reply, milliseconds: number): string {
  let line = '';
  for (let index = 0; index < format.length; index++) {
    const part = format[index]!;
    line += typeof part === 'string' ? part : part(query, reply, milliseconds);
  }
  return line;
}

function fieldOf(piece: string): Field | undefined {
  // Labels are set by the plugin `metadata`, which this version has not: none is defined.
  if (piece.startsWith('{/') && piece.endsWith('}')) return () => NOTHING;
  return fields.get(piece);
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function rcodeText(rcode: number): string {
  const name = rcodeName(rcode);
  return name.startsWith('RCODE') ? String(rcode) : name;
}

/** Seconds in as few digits as they need, to the nanosecond: `0.000152s`. */
function secondsText(milliseconds: number): string {
  const fixed = (milliseconds / 1000).toFixed(9);
  let end = fixed.length;
  while (fixed.charCodeAt(end - 1) === 48) end--;
  if (fixed.charCodeAt(end - 1) === 46) end--;
  return `${fixed.slice(0, end)}s`;
}

/** Flags of the reply, in the order of the header's bits; RD and CD are those of the query. */
function flagsText(query: Query, reply: Reply): string {
  let text = 'qr';
  if (reply.authoritative) text += ',aa';
  if (reply.truncated) text += ',tc';
  if ((query.flags & HeaderFlag.RD) !== 0) text += ',rd';
  if (reply.recursionAvailable) text += ',ra';
  if (reply.authenticData) text += ',ad';
  if ((query.flags & HeaderFlag.CD) !== 0) text += ',cd';
  return text;
}
