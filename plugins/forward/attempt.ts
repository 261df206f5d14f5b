import type { ReplyListener } from '../../src/upstream/upstream.ts';
import { HeaderFlag } from '../../src/wire/codes.ts';
import type { Message } from '../../src/wire/message.ts';
import type { Inquiry } from './inquiry.ts';
import type { Member } from './member.ts';

/**
 * One upstream that is asked for an inquiry. A truncated reply is asked for again by TCP, once (RFC 7766, section 5),
 * and stands when that fails. One that came over an encrypted connection is as whole as it gets.
 */
export class Attempt implements ReplyListener {
  readonly member: Member;
  /** When it began, in milliseconds of the monotonic clock. */
  readonly start: number;
  readonly #inquiry: Inquiry;
  readonly #timeout: number;
  #truncated: Message | undefined;

  /** @param timeout milliseconds */
  constructor(inquiry: Inquiry, member: Member, start: number, timeout: number) {
    this.member = member;
    this.start = start;
    this.#inquiry = inquiry;
    this.#timeout = timeout;
  }

  begin(): void {
    const { asked, protocol } = this.#inquiry;
    this.member.upstream.exchange(asked, protocol, this.#timeout, this);
  }

  replied(message: Message): void {
    const isCutOff = (message.flags & HeaderFlag.TC) !== 0 && this.#inquiry.protocol === 'udp';
    const { upstream } = this.member;
    if (isCutOff && this.#truncated === undefined && upstream.encryptedProtocol === undefined) {
      this.#truncated = message;
      upstream.exchange(this.#inquiry.asked, 'tcp', this.#timeout, this);
    } else this.#inquiry.replied(this, message);
  }

  failed(error: Error): void {
    const stands = this.#truncated !== undefined && this.#inquiry.query.client.protocol === 'udp';
    if (stands) this.#inquiry.replied(this, this.#truncated!);
    else this.#inquiry.failed(this, error);
  }
}
