import type { Value as ExpressionValue } from '../../src/expression/expression.ts';
import type { Fields, Value } from '../../src/go-template/go-template.ts';
import type { Query } from '../../src/server/query.ts';
import { className, HeaderFlag, typeName } from '../../src/wire/codes.ts';
import type { Match } from './rule.ts';

const OPCODE_SHIFT = 11;

/** What templates and expressions can ask of a query that a rule has matched. */
export class TemplateData implements Fields {
  readonly query: Query;
  /** The rule's zone that the name is in. */
  readonly zone: string;
  readonly match: Match;
  readonly variables = new Map<string, ExpressionValue>();
  #groups: ReadonlyMap<string, string> | undefined;

  constructor(query: Query, zone: string, match: Match) {
    this.query = query;
    this.zone = zone;
    this.match = match;
  }

  /** What the groups matched, by number and by name. */
  get groups(): ReadonlyMap<string, string> {
    if (this.#groups !== undefined) return this.#groups;
    const { groups, pattern } = this.match;
    const groupNames = pattern?.groupNames ?? {};
    const byName = new Map<string, string>();
    for (let number = 0; number < groups.length; number++) byName.set(String(number), groups[number]!);
    for (const name of Object.keys(groupNames)) byName.set(name, groups[groupNames[name]!]!);
    return (this.#groups = byName);
  }

  field(name: string): Value {
    switch (name) {
      case 'Zone':
        return this.zone;
      case 'Name':
        return this.query.name;
      case 'Regex':
        return this.match.pattern?.pattern ?? '.*';
      case 'Match':
        return this.match.groups;
      case 'Group':
        return this.groups;
      case 'Class':
        return className(this.query.class);
      case 'Type':
        return typeName(this.query.type);
      case 'Message':
        return new MessageFields(this.query);
      case 'Question':
        return new QuestionFields(this.query);
      case 'Remote':
        return this.query.client.address;
      case 'Var':
        return this.variables;
      case 'Meta':
        return noMetadata;
      default:
        return undefined;
    }
  }
}

/** Fields of what is asked of a template's data whose value is the client's, not the question's. */
export const clientFields: ReadonlySet<string> = new Set(['Remote', 'Meta', 'Id']);

/** A label without a value is empty, and no plugin offers any yet. */
function noMetadata(label: Value): string {
  if (typeof label === 'string') return '';
  throw new Error('Meta takes the label of metadata');
}

/** The header of the query, under Go's names. */
class MessageFields implements Fields {
  readonly #query: Query;

  constructor(query: Query) {
    this.#query = query;
  }

  field(name: string): Value {
    const { id, flags } = this.#query;
    switch (name) {
      case 'MsgHdr':
        return this;
      case 'Id':
        return id;
      case 'Response':
        return (flags & HeaderFlag.QR) !== 0;
      case 'Opcode':
        return (flags >> OPCODE_SHIFT) & 15;
      case 'Authoritative':
        return (flags & HeaderFlag.AA) !== 0;
      case 'Truncated':
        return (flags & HeaderFlag.TC) !== 0;
      case 'RecursionDesired':
        return (flags & HeaderFlag.RD) !== 0;
      case 'RecursionAvailable':
        return (flags & HeaderFlag.RA) !== 0;
      case 'Zero':
        return (flags & HeaderFlag.Z) !== 0;
      case 'AuthenticatedData':
        return (flags & HeaderFlag.AD) !== 0;
      case 'CheckingDisabled':
        return (flags & HeaderFlag.CD) !== 0;
      case 'Rcode':
        return flags & 15;
      case 'Question':
        return [new QuestionFields(this.#query)];
      case 'Answer':
      case 'Ns':
      case 'Extra':
        return [];
      default:
        return undefined;
    }
  }
}

class QuestionFields implements Fields {
  readonly #query: Query;

  constructor(query: Query) {
    this.#query = query;
  }

  field(name: string): Value {
    switch (name) {
      case 'Name':
        return this.#query.originalName;
      case 'Qtype':
        return this.#query.type;
      case 'Qclass':
        return this.#query.class;
      default:
        return undefined;
    }
  }
}
