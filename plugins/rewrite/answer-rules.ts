import type { Reply } from '../../src/server/reply.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';
import { nameInData } from '../../src/wire/rdata.ts';
import { targetOffset, withTarget } from '../../src/wire/target-name.ts';
import type { Renaming } from './renaming.ts';
import type { ResponseRule } from './rule.ts';
import { isValidName } from './valid-name.ts';

/** What becomes of a record. */
export interface RecordChange {
  /** The same record when it stays as it is. */
  change(record: ResourceRecord): ResourceRecord;
}

/** Changes names in the records of replies. */
abstract class RenamingRule implements ResponseRule, RecordChange {
  readonly #renaming: Renaming;

  constructor(renaming: Renaming) {
    this.#renaming = renaming;
  }

  apply(reply: Reply): Reply {
    return mapRecords(reply, this);
  }

  abstract change(record: ResourceRecord): ResourceRecord;

  /** What the name becomes; undefined where it stays as it is, or would be none any more. */
  protected renamed(name: string): string | undefined {
    const other = this.#renaming.rename(name);
    return other === undefined || !isValidName(other) ? undefined : other;
  }
}

/** Renames the owners of records (`answer name`). */
export class OwnerRule extends RenamingRule {
  override change(record: ResourceRecord): ResourceRecord {
    const name = this.renamed(record.name);
    return name === undefined ? record : { ...record, name };
  }
}

/** Renames what records lead to (`answer value`): targets of CNAME, DNAME, NS, PTR, SRV and MX, SOA's primary, NAPTR. */
export class TargetRule extends RenamingRule {
  override change(record: ResourceRecord): ResourceRecord {
    const offset = targetOffset(record.type, record.data);
    if (offset < 0) return record;
    const name = this.renamed(nameInData(record.data, offset));
    return name === undefined ? record : { ...record, data: withTarget(record.data, offset, name) };
  }
}

/** The reply with every record changed; the same one when none is. What is changed alike each time stays repeatable. */
export function mapRecords(reply: Reply, change: RecordChange): Reply {
  const answer = mapSection(reply.answer, change);
  const authority = mapSection(reply.authority, change);
  const additional = mapSection(reply.additional, change);
  const same = answer === reply.answer && authority === reply.authority && additional === reply.additional;
  return same ? reply : reply.with({ answer, authority, additional, repeat: reply.repeat });
}

function mapSection(records: readonly ResourceRecord[], change: RecordChange): readonly ResourceRecord[] {
  let changed: ResourceRecord[] | undefined;
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    const other = change.change(record);
    if (other !== record) (changed ??= records.slice())[index] = other;
  }
  return changed ?? records;
}
