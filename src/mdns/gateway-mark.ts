import { readOptions, writeOptions } from '../wire/edns.ts';

/** An option code for local and experimental use (RFC 6891, section 9). */
const MARK_CODE = 65_353;
const MAGIC = 'signpost';

/**
 * The mark of a gateway that speaks for other links, as the options of an OPT record in wire form: so that gateways
 * know each other, and what one carried to a link is not carried back by another.
 * @param id bytes that no other gateway has
 */
export function gatewayMark(id: Uint8Array): Uint8Array {
  return writeOptions([{ code: MARK_CODE, data: Buffer.concat([Buffer.from(MAGIC), id]) }]);
}

/** The id in the mark of a packet's options, in hexadecimal; undefined where there is none. */
export function markedBy(options: Uint8Array): string | undefined {
  if (options.length === 0) return undefined;
  for (const { code, data } of readOptions(options)) {
    const bytes = Buffer.from(data);
    if (code === MARK_CODE && bytes.toString('latin1', 0, MAGIC.length) === MAGIC) {
      return bytes.toString('hex', MAGIC.length);
    }
  }
  return undefined;
}
