import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROW = /^\| (\S+ .+?) +\| `(\S+\.test\.ts)` +\| (.+?) +\|$/;

test('every requirement in the README has the test that it names', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').flatMap((line) => {
    const [, requirement, file, title] = ROW.exec(line) ?? [];
    return requirement === undefined ? [] : [{ requirement, file: file!, title: title! }];
  });
  assert.ok(rows.length > 30, `${rows.length} rows`);
  for (const { requirement, file, title } of rows) {
    const text = readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll("\\'", "'");
    // Where a table makes the titles, what comes before and behind the colon stands in two places.
    const isThere = text.includes(title) || title.split(': ').every((part) => text.includes(part));
    assert.ok(isThere, `${requirement}: '${title}' is no test of ${file}`);
  }
});
