import { OptionCode } from '../wire/codes.ts';
import { NO_OPTIONS, readOptions, writeOptions } from '../wire/edns.ts';
import type { Edns } from '../wire/edns.ts';
import { HEADER_BYTES } from '../wire/message.ts';
import type { Message } from '../wire/message.ts';
import { nameToWire } from '../wire/name.ts';
import type { UpstreamQuery } from './in-flight.ts';

/** Queries are filled up to a multiple of so many bytes (RFC 8467, section 4.1). */
const BLOCK_BYTES = 128;
/** Type and class of the question, and an OPT record without options. */
const FIXED_BYTES = HEADER_BYTES + 4 + 11;
const OPTION_HEADER_BYTES = 4;

/** For queries that came without OPT, since the padding has to go somewhere. */
const ADDED_EDNS: Edns = { udpSize: 1232, version: 0, dnssecOk: false, options: NO_OPTIONS };

/**
 * A query with a padding option (RFC 7830), so that its length tells nothing of the name. One that the query has is
 * replaced, and an OPT record is added when there is none.
 */
export function padded(query: UpstreamQuery): UpstreamQuery {
  const edns = query.edns ?? ADDED_EDNS;
  const options = withoutPadding(edns.options);
  const length = FIXED_BYTES + nameToWire(query.question.name).length + options.length + OPTION_HEADER_BYTES;
  const fill = (BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES;
  const filled = new Uint8Array(options.length + OPTION_HEADER_BYTES + fill);
  filled.set(options);
  filled[options.length + 1] = OptionCode.Padding;
  filled[options.length + 3] = fill;
  return { flags: query.flags, question: query.question, edns: { ...edns, options: filled } };
}

/** The reply as it would be had the query not been padded. @param query as it was before */
export function unpadded(message: Message, query: UpstreamQuery): Message {
  if (message.edns === undefined) return message;
  if (query.edns === undefined) return { ...message, edns: undefined };
  if (hasPadding(query.edns.options)) return message;
  const options = withoutPadding(message.edns.options);
  return options === message.edns.options ? message : { ...message, edns: { ...message.edns, options } };
}

function withoutPadding(options: Uint8Array): Uint8Array {
  if (!hasPadding(options)) return options;
  return writeOptions(readOptions(options).filter(({ code }) => code !== OptionCode.Padding));
}

function hasPadding(options: Uint8Array): boolean {
  return options.length > 0 && readOptions(options).some(({ code }) => code === OptionCode.Padding);
}
