import { NAME_WORDS, nameAt, readAskedAddress } from './message-ring.ts';
import type { MessageMemory } from './message-ring.ts';

/**
 * A batch of datagrams on its way to the main thread: one after another, each at a multiple of four bytes. Its first
 * word is its length and whether it was cut; then the client's socket address; then the address that was asked, as four
 * words of IPv6 or one of IPv4, zeros where it is the socket's own; then the datagram.
 */
export const MISS_HEADER_WORDS = 1 + NAME_WORDS + 4;
export const MISS_HEADER_BYTES = MISS_HEADER_WORDS * 4;
/** Word of a miss, counted from its first, at which the client's socket address begins. */
export const MISS_CLIENT = 1;
/** Word of a miss at which the address that was asked begins. */
export const MISS_ASKED = 1 + NAME_WORDS;
/** In the first word: the datagram was longer than a slot, and only its first bytes are here. */
export const MISS_CUT = 1 << 30;
/** In the first word: the worker would learn the reply. */
export const MISS_WANTED = 1 << 29;
/** The bits of the first word that are no length. */
export const MISS_FLAGS: number = MISS_CUT | MISS_WANTED;
/** What is kept of a datagram that was cut: a DNS header, to refuse it by. */
export const CUT_BYTES = 12;

/** Words that a datagram takes in a batch. */
export function missWords(length: number): number {
  return MISS_HEADER_WORDS + ((length + 3) >> 2);
}

/**
 * Adds the datagram with an index in `memory`, which lies at `offset` of the payload, to a batch at a word.
 * @param marks MISS_CUT, MISS_WANTED
 * @returns the word after it
 */
export function addMiss(
  batch: Int32Array,
  at: number,
  memory: MessageMemory,
  index: number,
  offset: number,
  length: number,
  marks: number,
  wildcard: boolean,
): number {
  batch[at] = length | marks;
  const names = memory.names.words;
  const name = nameAt(index);
  // Word by word: for so few, a call of `set` costs more.
  for (let word = 0; word < NAME_WORDS; word++) batch[at + MISS_CLIENT + word] = names[name + word]!;
  if (wildcard) readAskedAddress(memory.controls.words, index, batch, at + MISS_ASKED);
  const end = at + missWords(length);
  const payload = memory.payload.words;
  let from = offset >> 2;
  for (let to = at + MISS_HEADER_WORDS; to < end; to++) batch[to] = payload[from++]!;
  return end;
}
