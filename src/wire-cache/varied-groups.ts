import { RecordType } from '../wire/codes.ts';
import { HEADER_BYTES } from '../wire/message.ts';
import type { VariedGroup } from './learned-answer.ts';
import { readLayout } from './reply-layout.ts';
import type { RecordPlace, ReplyLayout } from './reply-layout.ts';

const POINTER_BYTES = 2;

/** A reply whose varied records can be given from a drawn start. */
export interface VariedTemplate {
  readonly template: Uint8Array;
  readonly layout: ReplyLayout;
  readonly groups: readonly VariedGroup[];
}

/** Whether `loadbalance` varies the order of records, of one kind in one section: addresses and mail exchangers. */
export function isVaried(records: readonly { readonly type: number }[]): boolean {
  let addresses = 0;
  let exchangers = 0;
  for (const { type } of records) {
    if (type === RecordType.A || type === RecordType.AAAA) addresses++;
    if (type === RecordType.MX) exchangers++;
  }
  return addresses > 1 || exchangers > 1;
}

/**
 * The groups of records of a whole reply whose order is drawn. Undefined when some cannot change places, because names
 * are compressed across them.
 */
export function findGroups(layout: ReplyLayout): VariedGroup[] | undefined {
  const groups: VariedGroup[] = [];
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const records = layout.records.filter((record) => record.section === section);
    for (const kind of ['address', 'exchanger'] as const) {
      const members = records.filter(({ type }) => kindOf(type) === kind);
      if (members.length < 2) continue;
      // One after the other, as loadbalance puts them.
      const first = records.indexOf(members[0]!);
      if (records.indexOf(members.at(-1)!) - first !== members.length - 1) return undefined;
      const group = groupOf(members);
      if (layout.records.some(({ pointers }) => pointers.some((target) => isWithin(group, target)))) {
        return undefined;
      }
      groups.push(group);
    }
  }
  return groups;
}

/**
 * The template of a reply that is cut at the client's size, within its only varied group: the rotation comes before the
 * cut, so that each address gets its turn.
 * @param cut the reply as the client got it
 * @param whole the same without a limit
 */
export function cutTemplate(cut: Uint8Array, whole: Uint8Array): VariedTemplate | undefined {
  const layout = readLayout(whole);
  const cutLayout = readLayout(cut);
  const [group, ...others] = findGroups(layout) ?? [];
  if (group === undefined || others.length > 0) return undefined;
  const { starts, end, separator } = group;
  const stride = starts[1]! - starts[0]!;
  if (starts.some((start, index) => start !== starts[0]! + index * stride)) return undefined;
  if (end !== starts.at(-1)! + stride - separator) return undefined;
  // What is left of the group lies before the OPT record; more than all of it, and the cut is behind it.
  const given = (cutLayout.opt - starts[0]! + separator) / stride;
  if (given < 1 || given > starts.length) return undefined;
  const opt = cut.subarray(cutLayout.opt);
  const template = Buffer.concat([cut.subarray(0, cutLayout.opt), whole.subarray(cutLayout.opt, end), opt]);
  // The two must differ in nothing but where they end.
  const headerless = cut.subarray(HEADER_BYTES, cutLayout.opt);
  if (Buffer.compare(headerless, whole.subarray(HEADER_BYTES, cutLayout.opt)) !== 0) return undefined;
  const kept = layout.records.filter((record) => record.end <= end);
  return {
    template,
    layout: { ...layout, records: kept, opt: end, truncated: true },
    groups: [{ ...group, given }],
  };
}

function kindOf(type: number): 'address' | 'exchanger' | undefined {
  if (type === RecordType.A || type === RecordType.AAAA) return 'address';
  return type === RecordType.MX ? 'exchanger' : undefined;
}

/**
 * Whole records; or, where all owner names but the first are the same pointer, to that first name or to what it points
 * to, everything but the owner names.
 */
function groupOf(records: readonly RecordPlace[]): VariedGroup {
  const first = records[0]!;
  const target = records[1]!.pointers[0];
  const isPointer = ({ start, fields }: RecordPlace): boolean => fields - start === POINTER_BYTES;
  const followers = records.slice(1);
  const alike = followers.every((record) => isPointer(record) && record.pointers[0] === target);
  const leads = isPointer(first) ? first.pointers[0] === target : first.start === target;
  const end = records.at(-1)!.end;
  const given = records.length;
  if (alike && leads) return { starts: records.map(({ fields }) => fields), end, separator: 2, given };
  return { starts: records.map(({ start }) => start), end, separator: 0, given };
}

function isWithin({ starts, end }: VariedGroup, offset: number): boolean {
  return offset >= starts[0]! && offset < end;
}
