import { startServer } from '../../test/kit/server.ts';
import type { AskOptions } from '../../test/kit/server.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { OtherClasses } from '../../src/plugin/capability.ts';
import type { Query } from '../../src/server/query.ts';
import { Reply, type ReplyFields } from '../../src/server/reply.ts';
import { className, rcodeName, typeName } from '../../src/wire/codes.ts';
import type { Edns } from '../../src/wire/edns.ts';
import { parseRecord } from '../../src/wire/presentation.ts';
import { rewrite } from './index.ts';

/** What the plugin behind says; records as text. */
export interface Script extends Omit<ReplyFields, 'answer' | 'authority' | 'additional'> {
  readonly answer?: readonly string[];
  readonly authority?: readonly string[];
  readonly additional?: readonly string[];
}

type Said = Script | 'silence';

/** What came of a question. */
export interface Seen {
  readonly rcode: string;
  readonly question: string;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  readonly edns: Edns | undefined;
  readonly truncated: boolean;
  /** Questions that the plugin behind was asked, as `name class type`. */
  readonly asked: readonly string[];
  /** Their OPT records. */
  readonly askedEdns: readonly (Edns | undefined)[];
}

/** Asks a server with these rules, the plugin behind which answers by script, at once or a little later. */
export async function ask(
  rules: string,
  [name, type = 'A', options = {}]: readonly [name: string, type?: string, options?: AskOptions],
  script: (query: Query) => Said | Promise<Said>,
): Promise<Seen> {
  const asked: Query[] = [];
  const answer = (query: Query): Reply | Promise<Reply> => {
    asked.push(query);
    const said = script(query);
    return said instanceof Promise ? said.then(reply) : reply(said);
  };
  const behind = answering('forward', answer, (controller) => controller.offer(OtherClasses, true));
  const corefile = `. {\n${rules}\nforward\n}\n`;
  await using server = await startServer(corefile, { plugins: pluginMap(rewrite, behind) });
  const message = await server.ask(name, type, options);
  if (message === undefined) throw new Error('no reply');
  const { question } = message;
  return {
    rcode: rcodeName(message.rcode),
    question: `${question?.name} ${className(question!.class)} ${typeName(question!.type)}`,
    answer: message.answer.map(recordText),
    authority: message.authority.map(recordText),
    additional: message.additional.map(recordText),
    edns: message.edns,
    truncated: (message.flags & 0x0200) !== 0,
    asked: asked.map((query) => `${query.originalName} ${className(query.class)} ${typeName(query.type)}`),
    askedEdns: asked.map(({ edns }) => edns),
  };
}

function reply(said: Said): Reply {
  if (said === 'silence') return Reply.silence;
  const { answer = [], authority = [], additional = [], ...fields } = said;
  return new Reply({
    ...fields,
    answer: answer.map(parseRecord),
    authority: authority.map(parseRecord),
    additional: additional.map(parseRecord),
  });
}
