import type { Observation } from '../../src/observation/observation-ring.ts';
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

/** What stands in the place of a placeholder. */
interface Field {
  readonly text: (query: Query, reply: Reply, milliseconds: number) => string;
  /** Where repeats of a reply differ in it: the text of one. */
  readonly repeated?: (observation: Observation) => string;
}

/** A format, compiled: texts and fields in turn. */
export type LineFormat = readonly (string | Field)[];

/** The same for the repeats of one reply: all that they have in common is text by now. */
export type RepeatFormat = readonly (string | ((observation: Observation) => string))[];

/** What stands for something that is not there. */
const NOTHING = '-';

/** The only field that may differ from repeat to repeat and that no observation holds. */
const LOCAL: Field = { text: (query) => bracketed(query.client.localAddress) };

const fields: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['{type}', { text: (query) => typeName(query.type) }],
  ['{class}', { text: (query) => className(query.class) }],
  ['{name}', { text: (query) => query.name }],
  ['{proto}', { text: (query) => query.client.protocol }],
  [
    '{remote}',
    {
      text: (query) => bracketed(query.client.address),
      repeated: (observation) => bracketed(observation.client),
    },
  ],
  ['{local}', LOCAL],
  [
    '{port}',
    { text: (query) => String(query.client.port), repeated: (observation) => String(observation.port) },
  ],
  ['{size}', { text: (query) => String(query.size) }],
  ['{rcode}', { text: (_query, reply) => (isSilent(reply) ? NOTHING : rcodeText(reply.rcode)) }],
  ['{rsize}', { text: (query, reply) => String(isSilent(reply) ? 0 : messageLength(query, reply)) }],
  [
    '{duration}',
    {
      text: (_query, _reply, milliseconds) => secondsText(milliseconds),
      repeated: (observation) => secondsText(observation.duration * 1000),
    },
  ],
  ['{>id}', { text: (query) => String(query.id), repeated: (observation) => String(observation.id) }],
  ['{>opcode}', { text: (query) => String((query.flags >> 11) & 15) }],
  ['{>do}', { text: (query) => String(query.edns?.dnssecOk === true) }],
  ['{>bufsize}', { text: (query) => String(query.sizeLimit) }],
  ['{>rflags}', { text: (query, reply) => (isSilent(reply) ? NOTHING : flagsText(query, reply)) }],
]);

/** Labels are set by the plugin `metadata`, which this version has not: none is defined. */
const LABEL: Field = { text: () => NOTHING };

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
    line += typeof part === 'string' ? part : part.text(query, reply, milliseconds);
  }
  return line;
}

/** Whether a format shows the address that was asked. */
export function showsLocalAddress(format: LineFormat): boolean {
  return format.includes(LOCAL);
}

/** The format of the repeats of a reply to a query. */
export function formatOfRepeats(format: LineFormat, query: Query, reply: Reply): RepeatFormat {
  const parts: (string | ((observation: Observation) => string))[] = [];
  let texts: string[] = [];
  for (const part of format) {
    if (typeof part === 'string') texts.push(part);
    else if (part.repeated === undefined) texts.push(part.text(query, reply, 0));
    else {
      // Joined, so that each is one string: they are kept as long as the reply is.
      parts.push(texts.join(''), part.repeated);
      texts = [];
    }
  }
  return [...parts, texts.join('')];
}

/** The line for a repeat. */
export function formatRepeat(format: RepeatFormat, observation: Observation): string {
  let line = '';
  for (let index = 0; index < format.length; index++) {
    const part = format[index]!;
    line += typeof part === 'string' ? part : part(observation);
  }
  return line;
}

function fieldOf(piece: string): Field | undefined {
  if (piece.startsWith('{/') && piece.endsWith('}')) return LABEL;
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
