import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lateness } from '../kit/lateness.ts';
import { until } from '../kit/until.ts';
import { Avahi } from './avahi.ts';
import { Command } from './command.ts';
import { Lan } from './lan.ts';
import type { Host, Link } from './lan.ts';

/** An Avahi host and Signpost claim the same names: one keeps each, the other takes the next, and both are content. */

const SETTLED_WITHIN = 5000;
/** Milliseconds in which a name that is not settled would change again. */
const QUIET = 3000;
/** Browsers that look again when the first one has not found all. */
const MORE_BROWSERS = 5;
const lan = new Lan();
const lateness = new Lateness();
let home: Link;
let desk: Host;
let laptop: Host;

before(() => {
  home = lan.link('home');
  desk = lan.host('desk', 'same');
  laptop = lan.host('laptop');
  desk.join(home, 'eth0', '192.168.8.1/24');
  laptop.join(home, 'eth0', '192.168.8.2/24');
});

after(async () => {
  lan[Symbol.dispose]();
  await lateness[Symbol.asyncDispose]();
});

const announce = (): Command => new Command(desk, 'announce', 'Notes', '_http._tcp', '9000');
const startAvahi = (): Promise<Avahi> =>
  Avahi.start(laptop, 'same', [{ name: 'Notes', type: '_http._tcp', port: 8080 }]);

/** How often one of them took another name for its host, or for its service. */
function renames(of: Command | Avahi, what: 'host' | 'service'): number {
  const lines = of instanceof Avahi ? of.output : of.lines;
  const words =
    what === 'host' ? /another host has the name|Host name conflict/ : /name is taken|Service name conflict/;
  return lines.filter((line) => words.test(line)).length;
}

function total(of: readonly [Command, Avahi]): number {
  return of.reduce((sum, each) => sum + renames(each, 'host') + renames(each, 'service'), 0);
}

function isAnnounced(signpost: Command): boolean {
  return signpost.lines.some((line) => line.includes('is announced'));
}

function isEstablished(avahi: Avahi): boolean {
  return avahi.output.some((line) => line.includes('successfully established'));
}

/** The instances that a browser finds, with host, address and port. */
function found(avahi: Avahi): string[] {
  return avahi
    .browse('_http._tcp')
    .filter((line) => line.includes(';eth0;IPv4;'))
    .map((line) => line.split(';'))
    .map(([, , , name, , , host, address, port]) =>
      `${name} ${host} ${address} ${port}`.replaceAll(/\\(\d{3})/g, (_, code: string) =>
        String.fromCharCode(Number(code)),
      ),
    )
    .sort();
}

/** A browser gives up soon, so that one who is busy may have answered too late: others are asked then. */
async function untilFound(avahi: Avahi, expected: readonly string[], state: () => string): Promise<void> {
  let last = found(avahi);
  for (let more = 0; more < MORE_BROWSERS && last.join() !== expected.join(); more++) last = found(avahi);
  assert.deepEqual(last, expected, state());
}

const rows: readonly {
  readonly title: string;
  /** Starts both; `began` is called when the second one comes to the link. */
  readonly start: (began: () => void) => Promise<readonly [Command, Avahi]>;
}[] = [
  {
    title: 'Avahi was there first',
    start: async (began) => {
      const avahi = await startAvahi();
      await until(() => isEstablished(avahi));
      const signpost = announce();
      await until(() => lan.memberships(desk).includes('igmp eth0'));
      began();
      return [signpost, avahi];
    },
  },
  {
    title: 'Signpost was there first',
    start: async (began) => {
      const signpost = announce();
      await until(() => isAnnounced(signpost));
      const starting = startAvahi();
      await until(() => lan.memberships(laptop).includes('igmp eth0'));
      began();
      return [signpost, await starting];
    },
  },
  {
    title: 'the link between them comes up',
    start: async (began) => {
      laptop.ip('link', 'set', 'eth0', 'down');
      const signpost = announce();
      const avahi = await startAvahi();
      await until(() => isAnnounced(signpost));
      laptop.ip('link', 'set', 'eth0', 'up');
      began();
      return [signpost, avahi];
    },
  },
  {
    title: 'a bridge between them is mended, when both are settled',
    start: async (began) => {
      home.cut(laptop, 'eth0');
      const signpost = announce();
      const avahi = await startAvahi();
      await until(() => isAnnounced(signpost) && isEstablished(avahi));
      home.mend(laptop, 'eth0');
      began();
      return [signpost, avahi];
    },
  },
];
for (const { title, start } of rows) {
  test(`one host name and one service name: ${title}`, async (t) => {
    let began = 0;
    let late = lateness.measure();
    const both = await start(() => {
      began = performance.now();
      late = lateness.measure();
    });
    const [signpost, avahi] = both;
    try {
      const state = (): string => [...signpost.lines, ...avahi.output].join('\n');
      await until(() => total(both) >= 2 && isAnnounced(signpost) && isEstablished(avahi));
      const seconds = performance.now() - began - late();
      await sleep(QUIET);
      for (const what of ['host', 'service'] as const) {
        assert.deepEqual(both.map((each) => renames(each, what)).sort(), [0, 1], `${what}:\n${state()}`);
      }
      const isRenamed = renames(signpost, 'host') === 1;
      const instance = renames(signpost, 'service') === 1 ? 'Notes (2)' : 'Notes';
      const other = renames(signpost, 'service') === 1 ? 'Notes' : 'Notes #2';
      const [ours, theirs] = isRenamed ? ['same-2', 'same'] : ['same', 'same-2'];
      const expected = [
        `${instance} ${ours}.local 192.168.8.1 9000`,
        `${other} ${theirs}.local 192.168.8.2 8080`,
      ];
      expected.sort();
      await untilFound(avahi, expected, state);
      t.diagnostic(`settled within ${seconds.toFixed(0)} ms`);
      assert.ok(seconds <= SETTLED_WITHIN, `${seconds} ms\n${state()}`);
    } finally {
      await signpost.stop();
      await avahi.stop();
    }
  });
}

test('two interfaces on one link: its own probes come back by the other, and that is no conflict', async () => {
  desk.join(home, 'eth1', '192.168.8.3/24');
  const avahi = await Avahi.start(laptop, 'laptop');
  const signpost = announce();
  try {
    await until(() => signpost.lines.filter((line) => line.includes('is announced')).length === 2);
    const [announced, late] = [performance.now(), lateness.measure()];
    await until(() => avahi.resolve('same.local') !== undefined);
    const resolved = performance.now() - announced - late();
    await sleep(QUIET);
    assert.equal(signpost.lines.length, 2, signpost.lines.join('\n'));
    assert.equal(new Set(found(avahi).map((line) => line.split(' ')[1])).size, 1);
    assert.ok(resolved <= 2000, `avahi-resolve finds it after ${resolved} ms`);
  } finally {
    await signpost.stop();
    await avahi.stop();
    desk.remove('eth1');
  }
});
