import type { AnyPlugin } from '../../src/plugin/plugin.ts';
import { Reply } from '../../src/server/reply.ts';
import { HeaderFlag, Rcode } from '../../src/wire/codes.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { addressRecord, replyTo, startUpstream } from '../../test/kit/scripted-upstream.ts';
import type { Script, ScriptedUpstream } from '../../test/kit/scripted-upstream.ts';
import { startServer } from '../../test/kit/server.ts';
import type { TestServer } from '../../test/kit/server.ts';
import { forward } from './index.ts';

/** Stands behind forward and answers all that is left. */
const last: AnyPlugin = {
  name: 'whoami',
  parse: () => undefined,
  setup: () => ({ handle: () => new Reply({ rcode: Rcode.NotAuth, source: 'whoami' }) }),
};
/** Logs what went wrong, as the errors plugin does. */
const logErrors: AnyPlugin = {
  name: 'errors',
  parse: () => undefined,
  setup: (_options, controller) => ({
    async handle(query, next) {
      const reply = await next(query);
      if (reply.error !== undefined) controller.log.error(reply.error.message);
      return reply;
    },
  }),
};
const plugins = new Map([forward as AnyPlugin, last, logErrors].map((plugin) => [plugin.name, plugin]));
/** The time of all servers of a test file. */
export const clock = new FakeClock();

/** Starts a server with the given `forward` lines. */
export function start(lines: string, seed = 1): Promise<TestServer> {
  return startServer(`.:53 {\nerrors\n${lines}\nwhoami\n}`, { plugins, clock, seed });
}

export const record = addressRecord('www.example.org.', 300, 192, 0, 2, 7);
export const answer: Script = (query) => [replyTo(query, { answer: [record], flags: HeaderFlag.RA })];
export const rcode =
  (code: number): Script =>
  (query) => [replyTo(query, { rcode: code })];
export const silence: Script = () => [];

export async function closedPort(): Promise<ScriptedUpstream> {
  const upstream = await startUpstream(silence);
  await upstream.close();
  return upstream;
}

/** Loopback keeps order: once another exchange is done, what was sent before has come in. */
export async function loopbackDelivered(upstream: ScriptedUpstream): Promise<void> {
  await using other = await start(`forward . ${upstream.name}`);
  upstream.script = answer;
  await other.ask('www.example.org', 'A');
}

/** Lets promises that are settled already take their turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
