import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRecord } from '../../src/wire/presentation.ts';
import { reachable } from './reachable.ts';

const rows: readonly { title: string; answer: string[]; kept?: number[] }[] = [
  { title: 'nothing', answer: [] },
  {
    title: 'the name itself, in any letter case',
    answer: ['A.Example. 1 IN A 192.0.2.1', 'a.example. 1 IN A 192.0.2.2'],
  },
  {
    title: 'a chain of CNAMEs',
    answer: ['a.example. 1 IN CNAME B.example.', 'b.Example. 1 IN CNAME c.test.', 'c.test. 1 IN A 192.0.2.1'],
  },
  {
    title: 'a chain in any order',
    answer: ['c.test. 1 IN A 192.0.2.1', 'b.example. 1 IN CNAME c.test.', 'a.example. 1 IN CNAME b.example.'],
  },
  {
    title: 'another name',
    answer: ['a.example. 1 IN A 192.0.2.1', 'bank.test. 1 IN A 192.0.2.66'],
    kept: [0],
  },
  { title: 'only another name', answer: ['bank.test. 1 IN A 192.0.2.66'], kept: [] },
  { title: 'a CNAME that leads to the question', answer: ['b.test. 1 IN CNAME a.example.'], kept: [] },
  {
    title: 'a DNAME and the CNAME that is made of it',
    answer: [
      'example. 1 IN DNAME other.test.',
      'a.example. 1 IN CNAME a.other.test.',
      'a.other.test. 1 IN A 192.0.2.1',
    ],
  },
  {
    title: 'a DNAME without its CNAME',
    answer: [
      'example. 1 IN DNAME other.test.',
      'a.other.test. 1 IN A 192.0.2.1',
      'b.other.test. 1 IN A 192.0.2.2',
    ],
    kept: [0, 1],
  },
  { title: 'a DNAME beside the question', answer: ['b.example. 1 IN DNAME other.test.'], kept: [] },
  { title: 'a DNAME to the root', answer: ['example. 1 IN DNAME .', 'a. 1 IN A 192.0.2.1'] },
  { title: 'other records above the name', answer: ['example. 1 IN NS ns.test.'], kept: [] },
  {
    title: 'a loop',
    answer: ['a.example. 1 IN CNAME b.example.', 'b.example. 1 IN CNAME a.example.'],
  },
];

for (const { title, answer, kept } of rows) {
  test(`reachable from a.example: ${title}`, () => {
    const records = answer.map((text) => parseRecord(text));
    const expected = kept === undefined ? records : kept.map((index) => records[index]!);
    assert.deepEqual(reachable(records, 'a.example.'), expected);
  });
}
