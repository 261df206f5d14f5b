import type { Position } from '../../src/corefile/corefile.ts';
import { isSubdomain } from '../../src/corefile/zone.ts';
import type { Expression, Value } from '../../src/expression/expression.ts';
import type { GoTemplate } from '../../src/go-template/go-template.ts';
import type { RegularExpression } from '../../src/regex/regular-expression.ts';
import type { Query } from '../../src/server/query.ts';
import { RecordClass, RecordType } from '../../src/wire/codes.ts';
import type { ExtendedError } from '../../src/wire/extended-error.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import type { TemplateData } from './template-data.ts';

/** One `template` of a Corefile. */
export interface Rule extends Position {
  /** ANY: all. */
  readonly class: number;
  /** ANY: all. */
  readonly type: number;
  readonly zones: readonly string[];
  /** The first that matches counts; none: every name. */
  readonly patterns: readonly RegularExpression[];
  readonly variables: readonly Variable[];
  /** All of them must be true, or nothing has matched. */
  readonly conditions: readonly Expression<TemplateData>[];
  readonly answer: readonly RecordTemplate[];
  readonly authority: readonly RecordTemplate[];
  readonly additional: readonly RecordTemplate[];
  readonly rcode: number;
  /** Extended DNS Error (RFC 8914). */
  readonly extendedError: ExtendedError | undefined;
  /** Zones whose names without a match go on; undefined: none. */
  readonly fallthrough: readonly string[] | undefined;
}

export interface Variable {
  readonly name: string;
  readonly expression: Expression<TemplateData>;
}

export type Section = 'answer' | 'authority' | 'additional';

export interface RecordTemplate extends Position {
  readonly section: Section;
  readonly template: GoTemplate;
  /** Of a template without actions: its records, or why its text is none. */
  readonly fixed: readonly ResourceRecord[] | Error | undefined;
}

/** What a rule's name pattern found. */
export interface Match {
  /** Undefined where the rule has none, and so takes every name. */
  readonly pattern: RegularExpression | undefined;
  /** By group: the whole match first. */
  readonly groups: readonly string[];
}

/** Values of variables by name. */
export type Variables = ReadonlyMap<string, Value>;

/** The rule's longest zone that the query is in; undefined where the rule is not for it. */
export function zoneFor(rule: Rule, query: Query): string | undefined {
  if (!isFor(rule.class, query.class, RecordClass.ANY)) return undefined;
  if (!isFor(rule.type, query.type, RecordType.ANY)) return undefined;
  let longest: string | undefined;
  for (let index = 0; index < rule.zones.length; index++) {
    const zone = rule.zones[index]!;
    if (isSubdomain(zone, query.name) && zone.length > (longest?.length ?? 0)) longest = zone;
  }
  return longest;
}

/** The first pattern that matches a name, which is in lower case. */
export function matchName(rule: Rule, name: string): Match | undefined {
  if (rule.patterns.length === 0) return { pattern: undefined, groups: [name] };
  for (let index = 0; index < rule.patterns.length; index++) {
    const pattern = rule.patterns[index]!;
    const groups = pattern.match(name);
    if (groups !== undefined) return { pattern, groups };
  }
  return undefined;
}

/** As CoreDNS has it: a query for ANY is for every rule too. */
function isFor(ours: number, asked: number, any: number): boolean {
  return ours === asked || ours === any || asked === any;
}
