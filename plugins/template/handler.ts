import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Handler, Next, Repeatability } from '../../src/plugin/plugin.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { Rcode, RecordType } from '../../src/wire/codes.ts';
import { nameInData } from '../../src/wire/rdata.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { dependsOnQuestionOnly } from './data-functions.ts';
import type { TemplateMetrics } from './metrics.ts';
import { readRecords } from './record-lines.ts';
import { matchName, zoneFor } from './rule.ts';
import type { RecordTemplate, Rule } from './rule.ts';
import { clientFields, TemplateData } from './template-data.ts';

const SOURCE = 'template';
/** A name without a match: no text made by a template would be true. */
const unmatched = Reply.failure(Rcode.ServerFailure, SOURCE);

/** Answers by the first rule that matches a query. */
export class TemplateHandler implements Handler {
  /** Absent where something depends on more than the question. */
  declare readonly repeats?: Repeatability;
  readonly #rules: readonly Rule[];
  readonly #metrics: TemplateMetrics;

  constructor(rules: readonly Rule[], metrics: TemplateMetrics) {
    this.#rules = rules;
    this.#metrics = metrics;
    if (rules.every(isPure)) this.repeats = 'pure';
  }

  handle(query: Query, next: Next): Reply | Promise<Reply> {
    for (let index = 0; index < this.#rules.length; index++) {
      const rule = this.#rules[index]!;
      const zone = zoneFor(rule, query);
      if (zone === undefined) continue;
      const match = matchName(rule, query.name);
      const data = match && new TemplateData(query, zone, match);
      try {
        if (data !== undefined && areTrue(rule, data)) return this.#answer(rule, data);
      } catch (error) {
        return failure(rule, error);
      }
      if (!rule.fallthrough?.some((from) => isSubdomain(from, query.name))) return unmatched;
    }
    return next(query);
  }

  #answer(rule: Rule, data: TemplateData): Reply | Promise<Reply> {
    const { query, zone } = data;
    const repeat = this.#metrics.matched(query, zone);
    if (rule.rcode === Rcode.ServerFailure) return unmatched;
    const reply = new Reply({
      rcode: rule.rcode,
      authoritative: true,
      answer: this.#records(rule.answer, data),
      additional: this.#records(rule.additional, data),
      authority: this.#records(rule.authority, data),
      extendedError: rule.extendedError,
      source: SOURCE,
      repeat,
    });
    const isAddress = query.type === RecordType.A || query.type === RecordType.AAAA;
    return isAddress && reply.answer.some(isAlias) ? followed(reply, query) : reply;
  }

  #records(templates: readonly RecordTemplate[], data: TemplateData): readonly ResourceRecord[] {
    if (templates.length === 1) return this.#recordsOf(templates[0]!, data);
    const records: ResourceRecord[] = [];
    for (let index = 0; index < templates.length; index++) {
      records.push(...this.#recordsOf(templates[index]!, data));
    }
    return records;
  }

  #recordsOf(record: RecordTemplate, data: TemplateData): readonly ResourceRecord[] {
    const { fixed } = record;
    if (fixed !== undefined && !(fixed instanceof Error)) return fixed;
    let text: string;
    try {
      text = record.template.execute(data);
    } catch (error) {
      this.#metrics.templateFailed(data.query, data.zone, record);
      throw lineError(record, `template of ${record.section}`, error);
    }
    try {
      return readRecords(text);
    } catch (error) {
      this.#metrics.recordFailed(data.query, data.zone, record);
      throw lineError(record, `${record.section} '${text}' is no record`, error);
    }
  }
}

/** Sets the variables, and says whether the conditions hold. */
function areTrue({ variables, conditions }: Rule, data: TemplateData): boolean {
  for (let index = 0; index < variables.length; index++) {
    const { name, expression } = variables[index]!;
    data.variables.set(name, expression.evaluate(data, data.variables));
  }
  return conditions.every((condition) => condition.evaluate(data, data.variables) === true);
}

/** Each alias brings what this server itself answers for its target, as a resolver would (RFC 1034, 3.6.2). */
function followed(reply: Reply, query: Query): Reply | Promise<Reply> {
  const parts: (ResourceRecord | Reply | Promise<Reply>)[] = [];
  let waits = false;
  for (const record of reply.answer) {
    parts.push(record);
    if (!isAlias(record)) continue;
    const found = query.lookup(nameInData(record.data), query.type);
    waits ||= found instanceof Promise;
    parts.push(found);
  }
  return waits
    ? Promise.all(parts.map((part) => Promise.resolve(part))).then((ready) => joined(reply, ready))
    : joined(reply, parts as (ResourceRecord | Reply)[]);
}

function joined(reply: Reply, parts: readonly (ResourceRecord | Reply)[]): Reply {
  const answer: ResourceRecord[] = [];
  let { truncated } = reply;
  for (const part of parts) {
    if (part instanceof Reply) {
      answer.push(...part.answer);
      truncated ||= part.truncated;
    } else answer.push(part);
  }
  return reply.with({ answer, truncated });
}

function isAlias({ type }: ResourceRecord): boolean {
  return type === RecordType.CNAME;
}

function failure(rule: Rule, error: unknown): Reply {
  const told = error instanceof LineError ? error : lineError(rule, 'expression', error);
  return Reply.failure(Rcode.ServerFailure, SOURCE, told);
}

/** An error that says which line of the Corefile it comes from. */
class LineError extends Error {
  override readonly name = 'LineError';
}

function lineError({ file, line }: { file: string; line: number }, what: string, error: unknown): LineError {
  const message = error instanceof Error ? error.message : String(error);
  return new LineError(`${file}:${line}: plugin/template: ${what}: ${message}`, { cause: error });
}

function isPure({ variables, conditions, answer, authority, additional }: Rule): boolean {
  const expressions = [...variables.map(({ expression }) => expression), ...conditions];
  const templates = [...answer, ...authority, ...additional];
  return (
    expressions.every(({ called }) => dependsOnQuestionOnly(called)) &&
    templates.every(({ template }) => [...template.fields].every((field) => !clientFields.has(field)))
  );
}
