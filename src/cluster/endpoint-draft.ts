import { addressBytes, addressText, ipv4Word } from '../wire/address.ts';
import { familyOf, wordOf } from './address-words.ts';
import type { EndpointInput, EndpointSliceInput } from './cluster-writer.ts';
import { isDnsLabel, isDnsLabels } from './dns-label.ts';
import { CONTENT_WORDS, Field } from './endpoint-rows.ts';
import type { IntakeFaults } from './intake-faults.ts';
import type { StringPool } from './string-pool.ts';

/** A draft that grew beyond this many words is cut back afterwards. */
const WORDS_KEPT = 2048 * CONTENT_WORDS;
const LONGEST_TARGET_NAME = 63;

/**
 * The ready endpoints of one incoming slice, in the form of table rows, so that they can be compared with the rows
 * that are there, number by number. It holds a reference to every string in it until the table takes them over
 * (`handOver`) or nobody does (`drop`). One draft serves all slices, one after the other.
 */
export class EndpointDraft {
  /** Rows of `CONTENT_WORDS` words, laid out as in `Field`; the owner word holds only the family. */
  words = new Int32Array(64 * CONTENT_WORDS);
  count = 0;
  readonly #strings: StringPool;
  readonly #faults: IntakeFaults;

  constructor(strings: StringPool, faults: IntakeFaults) {
    this.#strings = strings;
    this.#faults = faults;
  }

  /** Takes the ready endpoints of `slice`, one row for each address; those that are no addresses are left out. */
  fill(slice: EndpointSliceInput): void {
    if (this.count > 0) this.drop();
    // By number, here and below: at a start these loops run before they are compiled, and iterators are garbage then.
    const { endpoints } = slice;
    for (let index = 0, end = endpoints.length; index < end; index++) {
      const endpoint = endpoints[index]!;
      const { addresses } = endpoint;
      for (let place = 0, last = endpoint.ready ? addresses.length : 0; place < last; place++) {
        const text = addresses[place]!;
        const word = ipv4Word(text);
        if (word === undefined) this.#fillIPv6(slice, endpoint, text);
        else {
          // Without bytes in between: most addresses of most clusters are these. They have only one text.
          const start = this.#add(slice, endpoint);
          this.words[start + Field.address] = word;
          this.words[start + Field.address + 1] = 0;
          this.words[start + Field.address + 2] = 0;
          this.words[start + Field.address + 3] = 0;
          this.words[start + Field.text] = 0;
          this.words[start + Field.owner] = 0;
        }
      }
    }
  }

  /** The strings belong to somebody else now. */
  handOver(): void {
    this.count = 0;
    if (this.words.length > WORDS_KEPT) this.words = new Int32Array(64 * CONTENT_WORDS);
  }

  /** Nobody wants the rows. */
  drop(): void {
    for (let row = 0; row < this.count; row++) {
      for (let field: number = Field.text; field <= Field.node; field++) {
        this.#strings.release(this.words[row * CONTENT_WORDS + field]!);
      }
    }
    this.handOver();
  }

  #fillIPv6(slice: EndpointSliceInput, endpoint: EndpointInput, text: string): void {
    const address = addressBytes(text);
    if (address === undefined) {
      this.#faults.report('EndpointSlice', slice, 'invalid address', text);
      return;
    }
    const start = this.#add(slice, endpoint);
    const { words } = this;
    for (let index = 0; index < 4; index++) words[start + Field.address + index] = wordOf(address, index);
    words[start + Field.text] = addressText(address) === text ? 0 : this.#strings.take(text);
    words[start + Field.owner] = familyOf(address);
  }

  /** Begins a row with the names of an endpoint. @returns its first word */
  #add(slice: EndpointSliceInput, endpoint: EndpointInput): number {
    if ((this.count + 1) * CONTENT_WORDS > this.words.length) this.#grow();
    const words = this.words;
    const strings = this.#strings;
    const start = this.count++ * CONTENT_WORDS;
    words[start + Field.hostname] = strings.take(this.#hostname(slice, endpoint.hostname.toLowerCase()));
    words[start + Field.targetName] = strings.take(targetName(endpoint.targetName));
    words[start + Field.zone] = strings.take(endpoint.zone.toLowerCase());
    words[start + Field.node] = strings.take(endpoint.node.toLowerCase());
    return start;
  }

  #hostname(slice: EndpointSliceInput, hostname: string): string {
    if (hostname === '' || isDnsLabel(hostname)) return hostname;
    this.#faults.report('EndpointSlice', slice, 'invalid hostname', hostname);
    return '';
  }

  #grow(): void {
    const grown = new Int32Array(this.words.length * 2);
    grown.set(this.words);
    this.words = grown;
  }
}

/** Longer names than a label may be are no error: pods may have them, endpoints are then named by their address. */
function targetName(written: string): string {
  if (written.length > LONGEST_TARGET_NAME) return '';
  const name = written.toLowerCase();
  return isDnsLabels(name) ? name : '';
}
