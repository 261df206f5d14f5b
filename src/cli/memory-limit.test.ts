import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { createLogger } from '../log/logger.ts';
import { logMemoryLimit } from './memory-limit.ts';
import type { MemoryBounds } from './memory-limit.ts';

const MEBIBYTE = 1024 * 1024;
const rows: readonly {
  title: string;
  cgroup: number;
  heap: number;
  nodeArguments?: string[];
  lines: string[];
}[] = [
  { title: 'no cgroup', cgroup: 0, heap: 4192, lines: [] },
  { title: 'a cgroup without a limit', cgroup: Infinity, heap: 4192, lines: [] },
  { title: 'a limit that is the machine’s memory', cgroup: 8192, heap: 4192, lines: [] },
  {
    title: 'the stock limit, in the image',
    cgroup: 170,
    heap: 91,
    nodeArguments: ['--max-old-space-size-percentage=50'],
    lines: ['[INFO] memory limit 170 MiB: the heap may take 91 MiB, of that 2 MiB a semi-space'],
  },
  {
    title: 'a semi-space that was given, and given again',
    cgroup: 1024,
    heap: 524,
    nodeArguments: ['--max-semi-space-size=8', '--max-semi-space-size=4'],
    lines: ['[INFO] memory limit 1024 MiB: the heap may take 524 MiB, of that 4 MiB a semi-space'],
  },
  {
    title: 'other arguments',
    cgroup: 1024,
    heap: 536,
    nodeArguments: ['--disable-warning=ExperimentalWarning'],
    lines: ['[INFO] memory limit 1024 MiB: the heap may take 536 MiB'],
  },
  {
    title: 'a heap that the limit does not bound: Node leaves it 262 MiB at least',
    cgroup: 170,
    heap: 262,
    lines: [
      '[WARNING] memory limit 170 MiB: the heap may take 262 MiB, which is too much; set NODE_OPTIONS=--max-old-space-size=85',
    ],
  },
];

for (const { title, cgroup, heap, nodeArguments = [], lines } of rows) {
  test(`a start says what it found: ${title}`, () => {
    const found: string[] = [];
    const bounds = { cgroup: cgroup * MEBIBYTE, machine: 8192 * MEBIBYTE, heap: heap * MEBIBYTE };
    logMemoryLimit(
      { ...bounds, nodeArguments },
      createLogger((line) => found.push(line)),
    );
    assert.deepEqual(found, lines);
  });
}

test('the heap’s limit is an old generation and three semi-spaces, whatever V8’s version', () => {
  const module = new URL('memory-limit.ts', import.meta.url).href;
  const program = `import('${module}').then(({ memoryBounds }) => console.log(JSON.stringify(memoryBounds())))`;
  const nodeArguments = ['--max-old-space-size=64', '--max-semi-space-size=4'];
  const text = execFileSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...nodeArguments, '-e', program],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
  );
  const found = JSON.parse(text) as MemoryBounds;
  assert.equal(found.heap, (64 + 3 * 4) * MEBIBYTE);
  assert.deepEqual(found.nodeArguments.slice(1, 3), nodeArguments);
  assert.ok(found.machine > 0);
});
