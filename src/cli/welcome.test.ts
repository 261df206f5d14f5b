import { test } from 'node:test';
import assert from 'node:assert/strict';
import { startedByNpm, welcome } from './welcome.ts';
import type { ListeningPlace } from './welcome.ts';

const rows: readonly {
  title: string;
  places: ListeningPlace[];
  corefile: string;
  has: string[];
  not?: string;
}[] = [
  {
    title: 'the example is greeted with three commands',
    places: [{ address: '127.0.0.1', port: 5300 }],
    corefile: 'Corefile.example',
    has: [
      'Signpost listens on 127.0.0.1:5300, by UDP and TCP.',
      '  dig @127.0.0.1 -p 5300 web.shop.svc.cluster.local',
      '  dig @127.0.0.1 -p 5300 _postgresql._tcp.postgres.data.svc.cluster.local SRV',
      '  dig @127.0.0.1 -p 5300 -x 10.96.0.10',
      'Ctrl-C stops it.',
    ],
  },
  {
    title: 'a wildcard is asked on the loopback address',
    places: [{ address: '', port: 53 }],
    corefile: '/etc/Corefile.example',
    has: [
      'Signpost listens on port 53 of every address, by UDP and TCP.',
      '  dig @127.0.0.1 -p 53 web.shop.svc.cluster.local',
    ],
  },
  {
    title: 'of another Corefile only the places are told',
    places: [
      { address: '::1', port: 53 },
      { address: '10.0.0.1', port: 1053 },
    ],
    corefile: 'Corefile',
    has: ['Signpost listens on [::1]:53, 10.0.0.1:1053, by UDP and TCP.', 'Ctrl-C stops it.'],
    not: 'dig',
  },
];

for (const { title, places, corefile, has, not } of rows) {
  test(`welcome: ${title}`, () => {
    const lines = welcome(places, corefile);
    for (const line of has) assert.ok(lines.includes(line), `${line} is not in\n${lines.join('\n')}`);
    if (not !== undefined) assert.ok(!lines.join('\n').includes(not));
  });
}

test('welcome: without a listener there is nothing to say', () => {
  assert.deepEqual(welcome([], 'Corefile.example'), []);
});

test('startedByNpm: only by npm start, not by another script', () => {
  assert.equal(startedByNpm({ npm_lifecycle_event: 'start' }), true);
  assert.equal(startedByNpm({ npm_lifecycle_event: 'test' }), false);
  assert.equal(startedByNpm({}), false);
});
