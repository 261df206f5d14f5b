import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { projectFiles, readLines, root } from './kit/project-files.ts';

/**
 * The habits of this house that a machine can check. Each rule is a test that names the offenders; `CONTRIBUTING.md`
 * says why the rules are there.
 */
const files = projectFiles();
const sources = files.filter((file) => /^(src|plugins|test|bench|tools)\/.*\.ts$/.test(file));
const tests = sources.filter((file) => file.endsWith('.test.ts'));
const pluginNames = [
  ...new Set(files.map((file) => /^plugins\/([^/]+)\//.exec(file)?.[1]).filter((name) => name !== undefined)),
];

/** Folders of src that may import only what stands here (and themselves); the others are free. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  truth: [],
  corefile: [],
  log: [],
  observation: ['wire'],
  // The nouns of a query and its reply are in server; plugin holds the interfaces that it dispatches to.
  server: ['wire', 'truth', 'corefile', 'log', 'metrics', 'plugin', 'observation'],
  metrics: ['wire', 'server', 'truth', 'log'],
  transport: ['wire', 'server', 'truth', 'log', 'metrics', 'plugin'],
  'wire-cache': ['wire', 'truth', 'server', 'plugin', 'metrics', 'observation'],
  cluster: ['wire', 'truth', 'log', 'metrics', 'plugin', 'corefile'],
  'go-template': [],
  expression: ['wire', 'regex', 'corefile', 'server'],
  zonefile: ['wire', 'truth', 'corefile', 'log', 'server'],
  upstream: ['wire', 'truth', 'log', 'metrics', 'plugin', 'server', 'transport'],
  mdns: ['wire', 'log', 'metrics', 'plugin', 'transport'],
};

test('the rules have something to look at', () => {
  assert.ok(sources.length > 50 && tests.length > 10 && imports().length > 100);
});

test('only the registry imports plugins from src', () => {
  const found = imports().filter(({ from, to }) => from.startsWith('src/') && to.startsWith('plugins/'));
  offenders(found.filter(({ from }) => from !== 'src/plugin/registry.ts').map(arrow));
});

test('src does not import its tests, the bench or the tools', () => {
  const inside = imports().filter(({ from }) => from.startsWith('src/') && !forTests(from));
  offenders(
    inside.filter(({ to }) => /^(test|bench|tools)\//.test(to) || to.endsWith('.test.ts')).map(arrow),
  );
});

test('a plugin imports src and itself, never another plugin', () => {
  const found = imports().filter(({ from, to }) => {
    const own = /^plugins\/[^/]+\//.exec(from)?.[0];
    if (own === undefined || to.startsWith(own)) return false;
    return !(to.startsWith('src/') || (forTests(from) && /^test\/(kit|battery)\//.test(to)));
  });
  offenders(found.map(arrow));
});

test('no plugin reaches into the registry of plugins', () => {
  const found = imports().filter(
    ({ from, to }) => from.startsWith('plugins/') && to === 'src/plugin/registry.ts',
  );
  offenders(found.map(arrow));
});

for (const [folder, neighbours] of Object.entries(allowed)) {
  test(`src/${folder} imports ${neighbours.length === 0 ? 'nothing of src but itself' : `only ${neighbours.join(', ')}`}`, () => {
    const own = imports().filter(
      ({ from }) => from.startsWith(`src/${folder}/`) && !from.endsWith('.test.ts'),
    );
    assert.ok(own.length > 0, `src/${folder} is not there any more: mend the rule`);
    const found = own.filter(({ to }) => {
      const target = /^src\/([^/]+)\//.exec(to)?.[1];
      return to.startsWith('src/') && target !== folder && !neighbours.includes(target ?? to);
    });
    offenders(found.map(arrow));
  });
}

test('no file is longer than 350 lines', () => {
  offenders(
    sources
      .map((file) => `${file}: ${readLines(file).length}`)
      .filter((line) => Number(line.split(': ')[1]) > 350),
  );
});

test('no file is named for what it is not', () => {
  offenders(sources.filter((file) => /(^|[/.-])(utils?|helpers?|common|misc|managers?)([/.-]|$)/.test(file)));
});

test('file names are words in lower case with hyphens', () => {
  offenders(sources.filter((file) => !/^[a-z0-9_/-]+((\.[a-z]+)?\.test|\.cluster|\.link)?\.ts$/.test(file)));
});

test('tests do not sleep', () => {
  const sleeping =
    /timers\/promises|await (sleep|delay)\(|new Promise(<[^(]*>)?\(\(?\w+\)? => (void )?setTimeout\(/;
  offenders(matching(tests, sleeping));
});

test('no test is skipped, marked to do, or the only one', () => {
  offenders(
    matching(
      tests,
      /\b(test|it|describe|suite|t|context)\.(only|skip|todo)\b|\b(only|skip|todo): (true|['"])/,
    ),
  );
});

test('every plugin has a README, a definition and a setup', () => {
  const wanted = pluginNames.flatMap((name) =>
    ['README.md', 'index.ts', 'setup.ts'].map((file) => `plugins/${name}/${file}`),
  );
  assert.ok(wanted.length > 0);
  offenders(wanted.filter((file) => !files.includes(file)));
});

const sections = ['Name', 'Description', 'Syntax', 'Metrics', 'Ready', 'Examples', 'Differences', 'See also'];
const needed = ['Description', 'Syntax', 'Examples'];

for (const name of pluginNames) {
  const readme = `plugins/${name}/README.md`;
  test(`${readme} has its sections in order`, () => {
    assert.ok(files.includes(readme), `${readme} is missing`);
    const headings = readLines(readme).filter((line) => /^##? /.test(line));
    assert.equal(headings[0], `# ${name}`, 'the first heading is the name of the plugin');
    const found = headings.slice(1).map((line) => line.replace(/^#+ /, ''));
    assert.deepEqual(
      found,
      sections.filter((section) => found.includes(section)),
      `the order is ${sections.join(', ')}`,
    );
    assert.deepEqual(
      needed.filter((section) => !found.includes(section)),
      [],
      'these are missing',
    );
  });
}

test('the papers of the project are there', () => {
  const papers = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'LICENSE',
    'Corefile.example',
    'docs/README.md',
    'docs/differences.md',
  ];
  offenders(papers.filter((paper) => !files.includes(paper)));
});

test('no file names a folder of one machine or a package registry', () => {
  // Put together from pieces, so that this file does not name them itself. A lock file names registries by its nature.
  const folders = ['work', 'tmp', 'root', 'home'].map((folder) => `["'\`( =]/${folder}/`);
  const machine = new RegExp([...folders, 'registry[.]npm'].join('|'));
  const text = /\.(ts|js|md|json|ya?ml|sh|example)$|^bin\/|^\.ci\//;
  offenders(
    matching(
      files.filter((file) => file !== 'package-lock.json' && text.test(file)),
      machine,
    ),
  );
});

test('Markdown links to files lead somewhere', () => {
  const found = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => normalize(join(dirname(file), target!)).replace(/\/$/, ''))
        .filter(
          (target) =>
            target !== '.' && !files.some((other) => other === target || other.startsWith(`${target}/`)),
        )
        .map((target) => `${file}: ${target}`),
    );
  offenders(found);
});

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Tests, and what only tests of one folder share, such as `test-world.ts`; neither is published. */
function forTests(file: string): boolean {
  return /(\.test|\/test-[^/]+)\.ts$/.test(file);
}

/** Every relative import of the project's sources, both ends from the root. */
function imports(): Import[] {
  return sources.flatMap((from) =>
    [
      ...readFileSync(join(root, from), 'utf8').matchAll(
        /^(?:import|export)\b[^'"]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)|^import '(\.[^']+)'/gm,
      ),
    ].map((match) => ({
      from,
      to: join(dirname(from), match[1] ?? match[2] ?? match[3]!),
    })),
  );
}

function arrow({ from, to }: Import): string {
  return `${from} → ${to}`;
}

/** Places whose line matches, as `file:line: text`. */
function matching(where: readonly string[], pattern: RegExp): string[] {
  return where.flatMap((file) =>
    readLines(file).flatMap((line, index) =>
      pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
    ),
  );
}

function offenders(found: readonly string[]): void {
  assert.deepEqual(found, []);
}
