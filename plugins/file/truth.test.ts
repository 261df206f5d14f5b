import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../src/log/logger.ts';
import { Reply } from '../../src/server/reply.ts';
import { VersionCells } from '../../src/truth/version-cells.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { FollowedZone } from '../../src/zonefile/followed-zone.ts';
import { ZoneTable } from '../../src/zonefile/zone-table.ts';
import { question } from '../../test/kit/question.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { FileHandler } from './handler.ts';

function zoneText(serial: number): string {
  return `$TTL 5\n@ SOA a b ${serial} 2 3 4 5\na A 192.0.2.1\nalias CNAME elsewhere.\ncut NS ns.\n`;
}

test('answers, failures and fallthroughs all end with the zone that they were made from', async (context) => {
  const folder = temporaryFolder(context);
  const cells = new VersionCells(2048);
  const log = createLogger(() => undefined);
  const zone = new FollowedZone({ origin: 'test.', path: `${folder.path}/db`, byTime: false, cells, log });
  const zones = new ZoneTable<FollowedZone>();
  zones.set('test.', zone);
  const handler = new FileHandler(zones, cells, ['b.test.']);
  const arrival = { server: 'dns://:53', resolve: (): Reply => new Reply({}) };
  const asked = [
    ['a.test.', RecordType.A],
    ['a.test.', RecordType.MX],
    ['alias.test.', RecordType.A],
    ['cut.test.', RecordType.A],
    ['nosuch.test.', RecordType.A],
    ['x.b.test.', RecordType.A],
  ] as const;
  const queries = (): ReturnType<typeof question>[] =>
    asked.map(([name, type]) => {
      const query = question(name, { type, arrival });
      void handler.handle(query, () => new Reply({}));
      return query;
    });

  const before = queries();
  for (const query of before) assert.ok(query.dependencies.hold(cells), query.name);
  folder.write('db', zoneText(1));
  await zone.begin();
  for (const query of before)
    assert.equal(query.dependencies.hold(cells), false, `${query.name}, not loaded`);

  const loaded = queries();
  assert.equal(await zone.look(), false, 'nothing has changed');
  for (const query of loaded) assert.ok(query.dependencies.hold(cells), query.name);
  folder.write('db', zoneText(22));
  assert.equal(await zone.look(), true);
  for (const query of loaded) assert.equal(query.dependencies.hold(cells), false, query.name);

  const last = queries();
  zone.stop();
  zone.stop();
  for (const query of last) assert.equal(query.dependencies.hold(cells), false, `${query.name}, stopped`);
  assert.equal(await zone.look(), false, 'nobody looks any more');

  const outside = question('a.example.');
  void handler.handle(outside, () => new Reply({}));
  assert.deepEqual(outside.dependencies.cells, [], 'nothing was looked up for it');
  assert.equal(handler.repeats, 'pure');
});

test('looks at the same time are one', async (context) => {
  const folder = temporaryFolder(context, { db: zoneText(1) });
  const cells = new VersionCells(2048);
  const lines: string[] = [];
  const log = createLogger((line) => lines.push(line));
  const zone = new FollowedZone({ origin: 'test.', path: `${folder.path}/db`, byTime: false, cells, log });
  await zone.begin();
  folder.write('db', zoneText(333));
  assert.deepEqual(await Promise.all([zone.look(), zone.look()]), [true, true]);
  assert.equal(lines.length, 1);
});
