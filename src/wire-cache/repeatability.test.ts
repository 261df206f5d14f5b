import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handler, Repeatability } from '../plugin/plugin.ts';
import { UNCHANGING } from '../server/repeat.ts';
import { Reply } from '../server/reply.ts';
import { question } from '../../test/kit/question.ts';
import { countersOf, describePermission, permissionOf } from './repeatability.ts';
import type { NamedHandler } from './repeatability.ts';
import { Tally } from './test-world.ts';

function handler(name: string, repeats?: Repeatability): NamedHandler {
  const handle = (): Reply => Reply.silence;
  return { name, handler: repeats === undefined ? { handle } : { handle, repeats } };
}

const stock = [handler('prometheus', 'observer'), handler('errors', 'observer'), handler('cache', 'pure')];
const rows = [
  { title: 'the stock plugins', handlers: stock, state: 'on', varied: false },
  {
    title: 'loadbalance',
    handlers: [...stock, handler('loadbalance', 'variants')],
    state: 'on',
    varied: true,
  },
  {
    title: 'one that says nothing',
    handlers: [...stock, handler('log'), handler('kubernetes', 'pure')],
    state: 'off because of plugin/log',
    varied: undefined,
  },
  {
    title: 'two that say nothing',
    handlers: [handler('acl'), ...stock, handler('whoami')],
    state: 'off because of plugin/acl, plugin/whoami',
    varied: undefined,
  },
  { title: 'no plugin', handlers: [], state: 'off because no plugin answers', varied: undefined },
];
for (const { title, handlers, state, varied } of rows) {
  test(`a block with ${title} has the wire cache ${state}`, () => {
    const permission = permissionOf(handlers);
    assert.equal(describePermission(permission), state);
    assert.equal(permission.allowed ? permission.varied : undefined, varied);
  });
}

test('observers and the reply’s own counter are told of repeats', () => {
  const [seen, own] = [new Tally(), new Tally()];
  const asked = question('a.');
  const reply = new Reply({ repeat: { ...UNCHANGING, counter: own } });
  const observer: Handler = {
    repeats: 'observer',
    handle: () => reply,
    observe: (query, observed) => (query === asked && observed === reply ? seen : undefined),
  };
  const permission = permissionOf([...stock, { name: 'observer', handler: observer }]);
  assert.ok(permission.allowed);
  assert.deepEqual(countersOf(permission.observers, asked, reply), [seen, own]);
  assert.deepEqual(countersOf(permission.observers, question('b.'), new Reply({ repeat: UNCHANGING })), []);
});

test('a reply that is made from another does not claim to be its own repeat', () => {
  const reply = new Reply({ repeat: UNCHANGING });
  assert.equal(reply.with({ authoritative: true }).repeat, undefined);
  assert.equal(reply.with({ repeat: reply.repeat }).repeat, UNCHANGING);
});
