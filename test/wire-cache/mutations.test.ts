import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mutations } from './mutations.ts';

// `npm run test:mutations` takes them out.
test('what is to be taken out stands where it is said to, and there alone', () => {
  for (const { title, file, text, replacement } of mutations) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    assert.equal(source.split(text).length - 1, 1, `${title}: in ${file}: ${text}`);
    assert.notEqual(text, replacement, title);
  }
});

test('each has a title of its own', () => {
  const titles = mutations.map(({ title }) => title);
  assert.deepEqual(
    titles.filter((title, index) => titles.indexOf(title) !== index),
    [],
  );
});
