import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedResources } from './shared-resources.ts';

test('every resource is closed, and the failure told, when closing one fails', async () => {
  const closed: string[] = [];
  const lease = new SharedResources().lease();
  lease.share('broken', () => ({
    close: () => {
      throw new Error('jammed');
    },
  }));
  lease.share('sound', () => ({ close: () => void closed.push('sound') }));
  await assert.rejects(lease.release(), /jammed/);
  assert.deepEqual(closed, ['sound']);
});

test('a resource is closed with its last user', async () => {
  let closed = 0;
  const resources = new SharedResources();
  const [one, other] = [resources.lease(), resources.lease()];
  const resource = one.share('key', () => ({
    close: () => {
      closed++;
    },
  }));
  assert.equal(
    other.share('key', () => assert.fail('it is there already')),
    resource,
  );
  await one.release();
  assert.equal(closed, 0);
  await other.release();
  assert.equal(closed, 1);
});
