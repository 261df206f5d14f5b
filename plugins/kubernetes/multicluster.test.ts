import { test } from 'node:test';
import { multiclusterBattery, multiclusterCorefile } from '../../test/battery/multicluster.ts';
import { sharedShop } from '../../test/battery/multicluster-objects.ts';
import type { WrittenObject } from '../../test/battery/multicluster-objects.ts';
import { pluginMap } from '../../test/kit/answering.ts';
import { FakeClock } from '../../test/kit/fake-clock.ts';
import { startServer } from '../../test/kit/server.ts';
import { temporaryFolder } from '../../test/kit/temporary-folder.ts';
import { kubernetes } from './index.ts';

test('a ClusterSet from manifests', async (context) => {
  const folder = temporaryFolder(context, Object.fromEntries(sharedShop.map(fileOf)));
  const clock = new FakeClock();
  await using server = await startServer(multiclusterCorefile(`manifests ${folder.path}`), {
    clock,
    plugins: pluginMap(kubernetes),
  });
  await multiclusterBattery(context, {
    server,
    put: (object) => void folder.write(...fileOf(object)),
    remove: (object) => folder.remove(fileOf(object)[0]),
    pass: () => {
      clock.advance(100);
      return new Promise((resolve) => setImmediate(resolve));
    },
  });
});

function fileOf(object: WrittenObject): [name: string, text: string] {
  return [`${object.kind}-${object.metadata.name}.json`, JSON.stringify(object)];
}
