/**
 * `npm run test:mutations [-- WORD…]`: takes out, one at a time, each bump and each check that keeps the wire cache
 * true, and expects the comparison of servers (or another test) to fail. With words, only those titles that have one.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mutations } from './mutations.ts';
import type { Mutation } from './mutations/mutation.ts';

/** With one mutation, at most. */
const MOST_STEPS = 8000;
/** Steps with one set of servers. */
const STRETCH = 500;
const SEED = 20_261_121;
const AT_ONCE = 2;
/** Characters of what was different. */
const MOST_TOLD = 110;
const ROOT = new URL('../../', import.meta.url);

const words = process.argv.slice(2);
const chosen = mutations.filter(({ title, file }) =>
  words.length === 0 ? true : words.some((word) => title.includes(word) || file.includes(word)),
);
const misplaced = mutations.filter(({ file, text }) => timesFound(file, text) !== 1);
for (const { title, file, text } of misplaced) {
  console.log(`${file}: ${title}: found ${timesFound(file, text)} times instead of once: ${text}`);
}
let failures = misplaced.length;
if (failures === 0) await Promise.all(Array.from({ length: AT_ONCE }, work));
console.log(
  `${mutations.length} mutations, ${failures} of them ${misplaced.length > 0 ? 'misplaced' : 'missed'}`,
);
process.exitCode = failures === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let next = chosen.shift(); next !== undefined; next = chosen.shift()) {
    const { caught, text } = next.test === undefined ? await compared(next) : await tested(next);
    if (!caught) failures++;
    console.log(`${caught ? 'caught' : 'MISSED'}  ${next.title} (${next.file}): ${text}`);
  }
}

interface Outcome {
  readonly caught: boolean;
  readonly text: string;
}

/** What the servers did differently, and when. */
async function compared(mutation: Mutation): Promise<Outcome> {
  const { output } = await run(mutation, [
    'test/wire-cache/hunt.ts',
    ...[MOST_STEPS, STRETCH, SEED].map(String),
  ]);
  const line = output.split('\n').find((text) => text.startsWith('{"steps"'));
  if (line === undefined) return { caught: false, text: `the run broke off: ${output}` };
  const { steps, what, isOdd } = JSON.parse(line) as { steps: number; what?: string; isOdd: boolean };
  if (isOdd) return { caught: false, text: `the replacement is wrong: ${what}` };
  if (what === undefined) return { caught: false, text: `${steps} steps` };
  return { caught: true, text: `after ${steps} steps; ${what.slice(0, MOST_TOLD)}` };
}

async function tested(mutation: Mutation): Promise<Outcome> {
  const { code, output } = await run(mutation, ['--test', '--test-reporter=tap', mutation.test!]);
  const failed = /not ok \d+ - (.*)/.exec(output)?.[1];
  const caught = code !== 0 && failed !== undefined;
  return { caught, text: `${mutation.test}: ${caught ? failed : output.slice(-500)}; ${mutation.why}` };
}

async function run(
  { file, text, replacement }: Mutation,
  words: string[],
): Promise<{ code: number; output: string }> {
  const hook = new URL('take-out.ts', import.meta.url).href;
  const url = new URL(file, ROOT).href;
  const child = spawn(process.execPath, ['--import', hook, ...words], {
    cwd: fileURLToPath(ROOT),
    env: { ...process.env, SIGNPOST_MUTATION: JSON.stringify({ url, text, replacement }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (output += part.toString()));
  const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? 1)));
  return { code, output };
}

function timesFound(file: string, text: string): number {
  return readFileSync(new URL(file, ROOT), 'utf8').split(text).length - 1;
}
