import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from './duration.ts';

const rows: [text: string, milliseconds: number | undefined][] = [
  ['0', 0],
  ['-0', 0],
  ['0s', 0],
  ['300ms', 300],
  ['1.5h', 5_400_000],
  ['2m30s', 150_000],
  ['1h1m1s1ms1us1ns', 3_661_001.001001],
  ['.5s', 500],
  ['5.s', 5000],
  ['-1s', -1000],
  ['+1s', 1000],
  ['250us', 0.25],
  ['250\u00b5s', 0.25],
  ['250\u03bcs', 0.25],
  ['100ns', 0.0001],
  ['30s30s', 60_000],
  ['9000000h', undefined],
  ['2540400h', 9_145_440_000_000],
  ['', undefined],
  ['-', undefined],
  ['30', undefined],
  ['1h30', undefined],
  ['.s', undefined],
  ['s', undefined],
  ['1 s', undefined],
  ['1d', undefined],
  ['1S', undefined],
  ['--1s', undefined],
  ['1e3s', undefined],
  [' 1s', undefined],
];
for (const [text, milliseconds] of rows) {
  test(`parseDuration: '${text}' is ${milliseconds ?? 'none'}`, () => {
    assert.equal(parseDuration(text), milliseconds);
  });
}

const formatted: [milliseconds: number, text: string][] = [
  [0, '0s'],
  [300, '300ms'],
  [2500, '2.5s'],
  [60_000, '1m0s'],
  [3_600_000, '1h0m0s'],
  [5_445_500, '1h30m45.5s'],
  [0.0015, '1.5µs'],
  [0.000007, '7ns'],
  [-1000, '-1s'],
];
for (const [milliseconds, text] of formatted) {
  test(`formatDuration: ${milliseconds} ms is ${text}`, () => {
    assert.equal(formatDuration(milliseconds), text);
    assert.equal(parseDuration(text), milliseconds);
  });
}
