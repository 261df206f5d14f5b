import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HashTable } from './hash-table.ts';
import { seededRandom } from './random.ts';

class Item {
  next: Item | undefined;
  readonly hash: number;
  constructor(hash: number) {
    this.hash = hash;
  }
}

function chain(table: HashTable<Item>, hash: number): Item[] {
  const items: Item[] = [];
  for (let item = table.first(hash); item !== undefined; item = item.next) items.push(item);
  return items;
}

test('the items of one hash are in a chain, the newest first, whichever was taken out', () => {
  const random = seededRandom(7);
  const table = new HashTable<Item>();
  const model: Item[] = [];
  for (let step = 0; step < 2000; step++) {
    if (random.below(5) < 3) {
      const item = new Item(random.below(5) - 2);
      table.add(item);
      model.unshift(item);
    } else if (model.length > 0) {
      const [item] = model.splice(random.below(model.length), 1);
      table.delete(item!);
      table.delete(item!);
    }
    for (let hash = -2; hash < 3; hash++) {
      assert.deepEqual(
        chain(table, hash),
        model.filter((item) => item.hash === hash),
      );
    }
    assert.equal(table.values().length, model.length);
    if (step % 500 !== 499) continue;
    table.clear();
    model.length = 0;
  }
});
