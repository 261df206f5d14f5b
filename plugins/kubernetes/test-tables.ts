import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shop, soa, TestWorld } from './test-world.ts';

/** Questions about the shop, under one set of properties. */
export interface Table {
  readonly subject: string;
  /** Lines of the directive's block. */
  readonly properties?: string;
  /** What is asked (`name TYPE`; below cluster.local. unless the name ends in a dot), and the reply's lines. */
  readonly rows: readonly { readonly ask: string; readonly reply: readonly string[] }[];
}

/** NODATA and NXDOMAIN of cluster.local. */
export const noData = [soa()];
export const nameError = ['NXDOMAIN', soa()];

/** Makes a test of every row. */
export function testTables(tables: readonly Table[]): void {
  for (const { subject, properties = '', rows } of tables) {
    for (const { ask, reply } of rows) {
      test(`${subject}: ${ask}`, async () => {
        const world = shop(new TestWorld(properties));
        const [name, type] = ask.split(' ') as [string, string];
        const full = name.endsWith('.') ? ask : `${name}.cluster.local. ${type}`;
        assert.deepEqual(await world.ask(full), reply);
        assert.deepEqual(world.passedOn, []);
      });
    }
  }
}
