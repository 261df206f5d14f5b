import { test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { corefileSnippets, onLoopback } from './kit/corefile-snippets.ts';
import { projectFiles, readLines, root } from './kit/project-files.ts';
import { TestServer } from './kit/server.ts';

/**
 * Every Corefile in the documentation is set up and started for real; only its HTTP ports are free ones.
 * Nothing is asked, for that could leave the machine by way of `forward`.
 */
const documents = projectFiles().filter((file) =>
  /^(README|ARCHITECTURE|CONTRIBUTING)\.md$|^docs\/.*\.md$|^plugins\/[^/]+\/README\.md$/.test(file),
);

for (const document of documents) {
  for (const { line, text } of corefileSnippets(readLines(document))) {
    test(`the Corefile at ${document}:${line} starts`, () => starts(text));
  }
}

for (const file of ['Corefile.example', 'deploy/edge/Corefile']) {
  test(`${file} starts`, () => starts(readLines(file).join('\n')));
}

test('the documentation has Corefiles', () => {
  assert.ok(documents.some((document) => corefileSnippets(readLines(document)).length > 0));
});

test('snippets are found with their lines; other code is left alone', () => {
  const text = ['# x', '```txt', 'hosts [FILE]', '```', '', '```corefile', '. {', '}', '```'];
  assert.deepEqual(corefileSnippets(text), [{ line: 7, text: '. {\n}' }]);
});

const rewrites: readonly [title: string, before: string, after: string][] = [
  ['a default port', '  health', '  health 127.0.0.1:0'],
  ['a given port', '  ready :8181', '  ready 127.0.0.1:0'],
  ['a port before a block', '  health :8080 {', '  health 127.0.0.1:0 {'],
  ['a block without a port', '  prometheus {', '  prometheus 127.0.0.1:0 {'],
  ['a comment behind', '  health # alive', '  health 127.0.0.1:0 # alive'],
  ['the time of lameduck, for the clock stands still', '  lameduck 5s', '  lameduck 0s'],
  ['the interface of a link', '  interface eth0', '  interface no-eth0'],
  ['the links that another is seen on', '  share _ipp._tcp to guest0', '  share _ipp._tcp to no-guest0'],
  ['no other line', '  errors', '  errors'],
  [
    'manifests of another machine',
    '    manifests /srv/manifests a.yaml',
    `    manifests ${join(root, 'examples/cluster')}`,
  ],
];

for (const [title, before, after] of rewrites) {
  test(`onLoopback rewrites ${title}`, () => assert.equal(onLoopback(before), after));
}

async function starts(corefile: string): Promise<void> {
  const server = new TestServer(onLoopback(corefile), {
    file: join(root, 'Corefile'),
    environment: process.env,
  });
  try {
    await server.signpost.start();
    assert.ok(server.signpost.configuration!.listeners.length > 0, 'nothing is served');
  } finally {
    await server.close();
  }
}
