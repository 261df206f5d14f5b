import type { Query } from '../../src/server/query.ts';
import { Reply } from '../../src/server/reply.ts';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import { ExtendedErrorCode } from '../../src/wire/extended-error.ts';
import type { Message } from '../../src/wire/message.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

import type { Member } from './member.ts';
import { reachable } from './reachable.ts';

const SOURCE = 'forward';

/** All as the upstream said it, in the letter case in which this client asked. */
export function toReply(message: Message, query: Query): Reply {
  const { flags, rcode, authority, additional, edns } = message;
  return new Reply({
    rcode,
    authoritative: (flags & HeaderFlag.AA) !== 0,
    truncated: (flags & HeaderFlag.TC) !== 0,
    recursionAvailable: (flags & HeaderFlag.RA) !== 0,
    authenticData: (flags & HeaderFlag.AD) !== 0,
    answer: reachable(inCaseOf(message, query), query.name),
    authority,
    additional,
    edns,
    source: SOURCE,
  });
}

/** SERVFAIL, with the reason for the log and, in short, for clients that sent EDNS. */
export function failure(error: Error, code: number): Reply {
  return Reply.failure(Rcode.ServerFailure, SOURCE, error).with({
    extendedError: { code, text: shortened(error.message) },
  });
}

/** How queries are refused when all upstreams are in a loop; undefined: there is none. */
export function loopRefusal(members: readonly Member[]): ((query: Query) => Reply) | undefined {
  const loop = members[0]?.loop;
  if (loop === undefined) return undefined;
  const causes = new Set(members.map((member) => member.loop?.cause ?? ''));
  const error = new Error(`forwarding loop: ${[...causes].join('; ')}`);
  return (query) => {
    // Only a refusal ends with the loop: what an upstream once said stays true while there is one.
    loop.dependOn(query.dependencies);
    return failure(error, ExtendedErrorCode.NoReachableAuthority);
  };
}

/** REFUSED: there is no room for another query. To be made once: many are refused in little time. */
export function refusal(error: Error): Reply {
  return Reply.failure(Rcode.Refused, SOURCE, error).with({
    extendedError: { code: ExtendedErrorCode.Other, text: error.message },
  });
}

/** The upstream answered another question, or the query cannot be written. */
export function formatError(): Reply {
  return new Reply({ rcode: Rcode.FormatError, source: SOURCE });
}

/** Our own port is nobody else's business: of `read udp 10.0.0.1:4711->192.0.2.1:53: i/o timeout` the end counts. */
function shortened(text: string): string {
  const arrow = text.indexOf('->');
  return arrow < 0 ? text : text.slice(arrow + 2);
}

/** The question may have gone up in another letter case: for another client that asked the same, or at random. */
function inCaseOf({ answer, question }: Message, { name, originalName }: Query): readonly ResourceRecord[] {
  if (question === undefined || question.name === originalName) return answer;
  return answer.map((record) =>
    record.name.length === name.length && record.name.toLowerCase() === name
      ? { ...record, name: originalName }
      : record,
  );
}
