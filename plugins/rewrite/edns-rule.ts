import type { Query } from '../../src/server/query.ts';
import type { Reply } from '../../src/server/reply.ts';
import { NO_OPTIONS, readOptions, writeOptions } from '../../src/wire/edns.ts';
import type { Edns, EdnsOption } from '../../src/wire/edns.ts';
import type { OptionData } from './option-data.ts';
import { NO_RESPONSES } from './rule.ts';
import type { Outcome, ResponseRule, RewriteRule } from './rule.ts';

export const optionActions = ['set', 'append', 'replace', 'unset'] as const;
/** `append` only adds, `replace` only changes what is there, `set` does either. */
export type OptionAction = (typeof optionActions)[number];

/** The OPT record of a query that came without one: the UDP size is CoreDNS's. */
const plainOpt: Edns = { udpSize: 4096, version: 0, dnssecOk: false, options: NO_OPTIONS };

export interface EdnsRuleFields {
  readonly code: number;
  readonly action: OptionAction;
  readonly data: OptionData;
  /** The reply's OPT record is to be as if the option had been left alone. */
  readonly revert: boolean;
  readonly echoed: boolean;
}

/** Puts an option into the query's OPT record, or takes it out. */
export class EdnsRule implements RewriteRule {
  readonly pure = false;
  readonly echoedOption: number | undefined;
  readonly #code: number;
  readonly #action: OptionAction;
  readonly #data: OptionData;
  readonly #revert: boolean;
  readonly #removal: readonly ResponseRule[];

  constructor({ code, action, data, revert, echoed }: EdnsRuleFields) {
    this.echoedOption = echoed ? code : undefined;
    this.#code = code;
    this.#action = action;
    this.#data = data;
    this.#revert = revert;
    this.#removal = revert ? [new OptionRevert(code, undefined)] : NO_RESPONSES;
  }

  apply(query: Query): Outcome | undefined {
    const options = query.edns === undefined ? [] : readOptions(query.edns.options);
    const index = options.findIndex(({ code }) => code === this.#code);
    const present = index >= 0;
    if (this.#action === 'unset') {
      const others = options.filter(({ code }) => code !== this.#code);
      return present ? { query: withOptions(query, others), responses: NO_RESPONSES } : undefined;
    }
    if (this.#action === (present ? 'append' : 'replace')) return undefined;
    const data = this.#data.of(query);
    if (data === undefined) return undefined;
    const option = { code: this.#code, data };
    if (!present) return { query: withOptions(query, [...options, option]), responses: this.#removal };
    const responses = this.#revert ? [new OptionRevert(this.#code, options[index])] : NO_RESPONSES;
    return { query: withOptions(query, options.with(index, option)), responses };
  }
}

/** Gives an option of the reply its old data back, or takes it out. */
class OptionRevert implements ResponseRule {
  readonly #code: number;
  readonly #before: EdnsOption | undefined;

  constructor(code: number, before: EdnsOption | undefined) {
    this.#code = code;
    this.#before = before;
  }

  apply(reply: Reply): Reply {
    const { edns } = reply;
    if (edns === undefined || edns.options.length === 0) return reply;
    const options = readOptions(edns.options);
    const index = options.findIndex(({ code }) => code === this.#code);
    if (index < 0) return reply;
    const reverted =
      this.#before === undefined ? options.toSpliced(index, 1) : options.with(index, this.#before);
    return reply.with({ edns: { ...edns, options: writeOptions(reverted) } });
  }
}

function withOptions(query: Query, options: readonly EdnsOption[]): Query {
  return query.with({ edns: { ...(query.edns ?? plainOpt), options: writeOptions(options) } });
}
