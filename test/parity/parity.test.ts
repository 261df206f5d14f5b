import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAnotherDraw, isSameButOlder } from './chance.ts';
import { knownDifferences, MAXIMUM_DIFFERENCES } from './known-differences.ts';
import { difference, isSame } from './recorded-answer.ts';
import type { RecordedAnswer } from './recorded-answer.ts';
import { replay, report } from './replay.ts';
import { readRows, scenarios, startScenario } from './scenario.ts';

for (const scenario of scenarios()) {
  const rows = readRows(scenario);
  const known = knownDifferences(scenario);
  test(`${scenario}: ${rows.length} answers are CoreDNS’s, ${known.size} are better`, async () => {
    await using server = await startScenario(scenario);
    const complaints = await replay(scenario, server);
    assert.equal(complaints.length, 0, report(complaints, rows.length));
    assert.ok(known.size <= MAXIMUM_DIFFERENCES, `${known.size} rows in differences.md`);
  });
}

test('the recordings are there', () => {
  assert.ok(scenarios().length >= 5);
  for (const scenario of scenarios()) assert.ok(readRows(scenario).length > 20, scenario);
});

const base: RecordedAnswer = {
  rcode: 'NOERROR',
  flags: ['qr', 'aa'],
  qd: ['a. IN A'],
  an: ['a. 5 IN A 192.0.2.1', 'a. 5 IN A 192.0.2.2'],
  ns: ['b. 5 IN NS c.'],
  ar: [],
  opt: { do: false },
};
const comparisons: [title: string, changes: Partial<RecordedAnswer>, same: boolean][] = [
  ['nothing', {}, true],
  ['the order of records', { an: base.an.toReversed() }, true],
  ['the letter case of an owner', { an: ['A. 5 IN A 192.0.2.1', 'a. 5 IN A 192.0.2.2'] }, true],
  ['the rcode', { rcode: 'NXDOMAIN' }, false],
  ['a flag', { flags: ['qr'] }, false],
  ['a missing record', { an: base.an.slice(1) }, false],
  ['a record too much', { ar: ['a. 5 IN A 192.0.2.3'] }, false],
  ['a TTL', { ns: ['b. 6 IN NS c.'] }, false],
  ['data', { ns: ['b. 5 IN NS d.'] }, false],
  ['a record in another section', { ns: [], ar: base.ns }, false],
  ['the DO bit', { opt: { do: true } }, false],
  ['a truncated answer', { flags: ['qr', 'aa', 'tc'], an: base.an.slice(1), ns: [] }, false],
];
for (const [title, changes, same] of comparisons) {
  test(`answers that differ in ${title} are ${same ? 'the same' : 'not the same'}`, () => {
    assert.equal(isSame(base, { ...base, ...changes }), same);
  });
}

test('answers that differ in OPT are not the same', () => {
  const { opt: _, ...without } = base;
  assert.equal(isSame(base, without), false);
  assert.match(difference(base, without), /- opt plain\n {2}\+ opt none/);
});

test('a whole answer in place of a recorded one that was cut is the same', () => {
  const cut = { ...base, flags: ['qr', 'aa', 'tc'], an: base.an.slice(1), ns: [] };
  assert.equal(isSame(cut, base), true);
  assert.equal(isSame(cut, { ...base, an: base.an.slice(0, 1) }), false);
  assert.equal(isSame(cut, { ...base, rcode: 'NXDOMAIN' }), false);
});

const older: [title: string, records: readonly string[], same: boolean][] = [
  ['1 s', ['a. 4 IN A 192.0.2.1', 'a. 4 IN A 192.0.2.2'], true],
  ['3 s', ['a. 2 IN A 192.0.2.1', 'a. 2 IN A 192.0.2.2'], true],
  ['4 s', ['a. 1 IN A 192.0.2.1', 'a. 1 IN A 192.0.2.2'], false],
  ['1 s for some only', ['a. 4 IN A 192.0.2.1', 'a. 5 IN A 192.0.2.2'], false],
  ['less than nothing', ['a. 6 IN A 192.0.2.1', 'a. 6 IN A 192.0.2.2'], false],
];
for (const [title, an, same] of older) {
  test(`an answer from the cache that is older by ${title} is ${same ? 'the same' : 'not the same'}`, () => {
    assert.equal(isSameButOlder({ ...base, an, ns: [] }, { ...base, ns: [] }), same);
  });
}

const draws: [title: string, actual: Partial<RecordedAnswer>, same: boolean][] = [
  ['another record', { an: base.an.slice(1) }, true],
  ['a record of something else', { an: ['a. 5 IN A 192.0.2.3'] }, false],
  ['no record', { an: [] }, false],
  ['another rcode', { an: base.an.slice(1), rcode: 'NXDOMAIN' }, false],
];
for (const [title, changes, same] of draws) {
  test(`an answer cut to ${title} is ${same ? '' : 'not '}another draw`, () => {
    const cut = { ...base, flags: ['qr', 'aa', 'tc'], an: base.an.slice(0, 1) };
    assert.equal(isAnotherDraw(cut, { ...cut, ...changes }, base), same);
    assert.equal(isAnotherDraw({ ...cut, flags: base.flags }, { ...cut, ...changes }, base), false);
  });
}
