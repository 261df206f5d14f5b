import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CorefileError, parseCorefile, type Corefile, type Directive } from './corefile.ts';

const environment = { ZONE: 'env.test', PORT: '5300', WORDS: 'two words', NAME: 'whoami', COMMA: 'a.test,' };

function parse(text: string, warnings: string[] = []): Corefile {
  return parseCorefile(text, {
    file: 'Corefile',
    environment,
    defaultPort: 53,
    readFile: (path) => {
      throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    },
    glob: () => [],
    warn: (message) => warnings.push(message),
  });
}

/** Blocks as `line keys {directives}`, directives as `line:name[arguments]{block}`. */
function render(corefile: Corefile): string {
  return corefile.blocks
    .map(({ line, keys, directives }) => `${line} ${keys.join(' ')} {${directives.map(lineText).join(' ')}}`)
    .join('; ');
}

function lineText(directive: Directive): string {
  const words = directive.arguments.length === 0 ? '' : `[${directive.arguments.join('|')}]`;
  const block = directive.block === undefined ? '' : `{${directive.block.map(lineText).join(' ')}}`;
  return `${directive.line}:${directive.name}${words}${block}`;
}

const good: [title: string, text: string, expected: string][] = [
  ['an empty file', '', ''],
  ['only comments', '# nothing\n', ''],
  ['a block', '. {\n  whoami\n}\n', '1 dns://.:53 {2:whoami}'],
  ['arguments', '. {\n  forward . 1.1.1.1 8.8.8.8\n}', '1 dns://.:53 {2:forward[.|1.1.1.1|8.8.8.8]}'],
  ['an empty block', '. { }', '1 dns://.:53 {}'],
  ['a brace on the next line', '.\n{\nwhoami\n}', '1 dns://.:53 {3:whoami}'],
  ['a directive behind the opening brace', '. { whoami\n}', '1 dns://.:53 {1:whoami}'],
  ['no braces', '.\nwhoami\nlog\n', '1 dns://.:53 {2:whoami 3:log}'],
  ['only a key', 'a.test', '1 dns://a.test.:53 {}'],
  ['several keys', 'a.test b.test:54 {\n}', '1 dns://a.test.:53 dns://b.test.:54 {}'],
  ['a key list with commas', 'a.test, b.test {\n}', '1 dns://a.test.:53 dns://b.test.:53 {}'],
  [
    'a trailing comma continues the keys on the next line',
    'a.test,\nb.test,\n\nc.test {\nlog\n}',
    '1 dns://a.test.:53 dns://b.test.:53 dns://c.test.:53 {5:log}',
  ],
  ['a comma from a variable', '{$COMMA}\nb.test {\n}', '1 dns://a.test.:53 dns://b.test.:53 {}'],
  [
    'networks are expanded in order',
    'a.test 10.2.0.0/15 {\n}',
    '1 dns://a.test.:53 dns://2.10.in-addr.arpa.:53 dns://3.10.in-addr.arpa.:53 {}',
  ],
  ['two blocks', 'a.test {\nlog\n}\nb.test {\n}', '1 dns://a.test.:53 {2:log}; 4 dns://b.test.:53 {}'],
  [
    'the next block on the line of the brace',
    'a.test {\n} b.test {\n}',
    '1 dns://a.test.:53 {}; 2 dns://b.test.:53 {}',
  ],
  ['repeated directives', '. {\nlog a\nlog b\n}', '1 dns://.:53 {2:log[a] 3:log[b]}'],
  [
    'properties',
    '. {\nhosts f {\nttl 5\n\nfallthrough\n}\nlog\n}',
    '1 dns://.:53 {2:hosts[f]{3:ttl[5] 5:fallthrough} 7:log}',
  ],
  ['no properties', '. {\nhosts {\n}\ncache { }\n}', '1 dns://.:53 {2:hosts{} 4:cache{}}'],
  [
    'properties on one line',
    '. {\nforward . 1.1.1.1 { max_fails 3 }\n}',
    '1 dns://.:53 {2:forward[.|1.1.1.1]{2:max_fails[3]}}',
  ],
  [
    'the closing brace behind the last property',
    '. {\nhosts {\nttl 5 }\nlog\n}',
    '1 dns://.:53 {2:hosts{3:ttl[5]} 4:log}',
  ],
  ['deeper blocks', '. {\na {\nb {\nc\n}\n}\n}', '1 dns://.:53 {2:a{3:b{4:c}}}'],
  ['quoted words', '. {\nlog . "{common} # \\"x\\""\n}', '1 dns://.:53 {2:log[.|{common} # "x"]}'],
  ['an empty word', '. {\nlog ""\n}', '1 dns://.:53 {2:log[]}'],
  ['quoted braces are text', '. {\nlog "{" "}"\n}', '1 dns://.:53 {2:log[{|}]}'],
  [
    'a word behind a word with a line feed',
    '. {\nlog "a\nb" c\nwhoami\n}',
    '1 dns://.:53 {2:log[a\nb|c] 4:whoami}',
  ],
  ['variables in keys', '{$ZONE}:{$PORT} {\n}', '1 dns://env.test.:5300 {}'],
  ['a variable as directive name', '. {\n{$NAME} {%PORT%}\n}', '1 dns://.:53 {2:whoami[5300]}'],
  ['variables in properties', '. {\na {\n{$NAME} x{$PORT}\n}\n}', '1 dns://.:53 {2:a{3:whoami[x5300]}}'],
  ['a value with spaces stays one word', '. {\nlog {$WORDS}\n}', '1 dns://.:53 {2:log[two words]}'],
  ['a key whose variable is not set', 'a.test {$NONE} {\n}', '1 dns://a.test.:53 {}'],
  [
    'a snippet',
    '(s) {\nlog\nhosts {\nttl 1\n}\n}\n. {\nimport s\n}',
    '7 dns://.:53 {2:log 3:hosts{4:ttl[1]}}',
  ],
  ['a snippet that nobody imports', '(s) {\nlog\n}\n. {\n}', '4 dns://.:53 {}'],
  ['a snippet on one line', '(s) { log x }\n. {\nimport s\nwhoami\n}', '2 dns://.:53 {1:log[x] 4:whoami}'],
  [
    'a snippet inside properties',
    '(s) {\nttl 1\n}\n. {\nhosts {\nimport s\nx\n}\n}',
    '4 dns://.:53 {5:hosts{2:ttl[1] 7:x}}',
  ],
  [
    'a snippet of whole blocks',
    '(s) {\na.test {\nlog\n}\n}\nimport s\nb.test {\n}',
    '2 dns://a.test.:53 {3:log}; 7 dns://b.test.:53 {}',
  ],
  ['a snippet twice', '(s) {\nlog\n}\n. {\nimport s\nimport s\n}', '4 dns://.:53 {2:log 2:log}'],
  [
    'a snippet in a snippet',
    '(a) {\nlog\n}\n(b) {\nimport a\nerrors\n}\n. {\nimport b\n}',
    '8 dns://.:53 {2:log 6:errors}',
  ],
  ['an empty snippet', '(s) {\n}\n. {\nimport s\n}', '3 dns://.:53 {}'],
  ['the brace of a snippet on the next line', '(s)\n{\nlog\n}\n. {\nimport s\n}', '5 dns://.:53 {3:log}'],
  ['import as an argument', '. {\nlog import s\n}', '1 dns://.:53 {2:log[import|s]}'],
];
for (const [title, text, expected] of good) {
  test(`parseCorefile: ${title}`, () => {
    const warnings: string[] = [];
    assert.equal(render(parse(text, warnings)), expected);
    assert.deepEqual(warnings, []);
  });
}

const noOpening = "unexpected '}' because no matching opening brace; expected";
const bad: [title: string, text: string, message: string][] = [
  [
    'a closing brace on the line of a directive',
    '. { whoami }',
    `Corefile:1: ${noOpening} it on a line of its own`,
  ],
  ['a closing brace behind an argument', '. {\nlog x }', `Corefile:2: ${noOpening} it on a line of its own`],
  ['a closing brace too many', '. {\n}\n}', `Corefile:3: ${noOpening} a zone`],
  [
    'an unclosed server block',
    '. {\nlog x\n',
    "Corefile:2: unexpected end of file: expected '}' to close the server block of line 1",
  ],
  [
    'an unclosed block',
    '. {\nhosts {\nttl 1\n',
    "Corefile:3: unexpected end of file: expected '}' to close the block of line 2",
  ],
  [
    'an opening brace at the end',
    '. {',
    "Corefile:1: unexpected end of file: expected '}' to close the server block of line 1",
  ],
  [
    'a word behind a block',
    '. {\nhosts {\n} x\n}',
    "Corefile:3: unexpected 'x' after '}'; expected the end of the line",
  ],
  [
    'two blocks of a directive',
    '. {\nhosts {\n} {\n}\n}',
    "Corefile:3: unexpected '{' after '}'; expected the end of the line",
  ],
  [
    'a brace on the line behind its directive',
    '. {\nhosts\n{\n}\n}',
    "Corefile:3: unexpected '{' at the start of a line: expected it on the same line as its directive",
  ],
  [
    'a comma in front of a brace',
    'a.test, {\n}',
    "Corefile:1: expected another zone but had '{'; check for extra comma",
  ],
  [
    'a comma at the end',
    'a.test,\n',
    'Corefile:1: unexpected end of file: expected another zone after the comma',
  ],
  ['a comma alone', ', a.test {\n}', "Corefile:1: expected a zone in ''"],
  [
    'a bad key, at its own line',
    'a.test,\nb.test: {\n}',
    "Corefile:2: expected a port after the last colon of 'b.test:'",
  ],
  ['a quote without end', '. {\nlog "x\n}\n', `Corefile:2: unexpected end of file: expected a closing '"'`],
  ['a snippet without braces', '(s)\nlog\n', "Corefile:1: snippet (s) needs a block: expected '{' behind it"],
  [
    'a snippet without end',
    '(s) {\nlog {\n}\n',
    "Corefile:1: unexpected end of file: expected '}' to close snippet s",
  ],
  ['a snippet twice', '(s) {\n}\n(s) {\n}\n', 'Corefile:3: redeclaration of previously declared snippet s'],
  [
    'a snippet used above its definition',
    '. {\nimport s\n}\n(s) {\n}\n',
    'Corefile:2: file to import not found: s, and no snippet s is defined above',
  ],
  [
    'a mistyped snippet',
    '(common) {\n}\n. {\nimport comon\n}',
    "Corefile:4: file to import not found: comon, and no snippet comon is defined above; did you mean 'common'?",
  ],
  [
    'nesting without end',
    `. {\n${'a {\n'.repeat(100_000)}`,
    'Corefile:34: blocks are nested too deep; expected at most 32 levels',
  ],
];
for (const [title, text, message] of bad) {
  test(`parseCorefile refuses ${title}`, () => {
    assert.throws(
      () => parse(text),
      (error: unknown) => {
        assert.ok(error instanceof CorefileError);
        assert.equal(error.message, message);
        assert.equal(error.file, 'Corefile');
        assert.equal(`${error.file}:${error.line}: ${error.detail}`, message);
        return true;
      },
    );
  });
}

const odd: [title: string, text: string, expected: string, warning: string][] = [
  ['a block without keys', '{\nlog\n}', '', 'Corefile:1: server block without a zone is ignored'],
  [
    'a block whose variable is not set',
    '{$NONE} {\nlog\n}',
    '',
    'Corefile:1: server block without a zone is ignored',
  ],
  [
    'a lone closing brace',
    '.\nlog\n}\na.test {\n}',
    '1 dns://.:53 {2:log}; 4 dns://a.test.:53 {}',
    "Corefile:3: '}' without an opening brace ends the server block",
  ],
  [
    'a port that is none',
    'a.test:dns {\n}',
    '1 dns://a.test:dns.:53 {}',
    "Corefile:1: zone 'a.test:dns.' contains ':'; is that meant?",
  ],
  [
    'keys without space',
    'a.test,b.test {\n}',
    '1 dns://a.test,b.test.:53 {}',
    "Corefile:1: zone 'a.test,b.test.' contains ','; is that meant?",
  ],
];
for (const [title, text, expected, warning] of odd) {
  test(`parseCorefile warns of ${title}`, () => {
    const warnings: string[] = [];
    assert.equal(render(parse(text, warnings)), expected);
    assert.deepEqual(warnings, [warning]);
  });
}

test('CorefileError takes the name of the part that speaks, once', () => {
  const error = new CorefileError({ file: 'Corefile', line: 12 }, 'no upstreams').withPrefix(
    'plugin/forward',
  );
  assert.equal(error.message, 'Corefile:12: plugin/forward: no upstreams');
  assert.equal(error.withPrefix('plugin/forward').message, error.message);
  assert.equal(error.line, 12);
  assert.equal(new CorefileError(undefined, 'x').withPrefix('plugin/y').message, 'plugin/y: x');
});

test('parseCorefile throws nothing but CorefileError, whatever the text', () => {
  const word = fc.constantFrom(
    '.',
    'a.test',
    'a,',
    '{',
    '}',
    '{',
    '}',
    '\n',
    '\n',
    '"',
    '"x y"',
    '(s)',
    'import',
    's',
    'f',
    '*',
    '#',
    '\\',
    'log',
    '{$ZONE}',
    '{%',
    '10.0.0.0/9',
    ':',
    '\ufeff',
    '__proto__',
    'tls://',
  );
  const files: Record<string, string> = {
    f: 'log\nimport s\n',
    g: 'b.test {\nimport f\n}\n',
    s: 'import *\n',
  };
  const outcomes = { parsed: 0, refused: 0 };
  const attempt = (text: string): void => {
    try {
      parseCorefile(text, {
        file: 'Corefile',
        environment,
        defaultPort: 53,
        readFile: (path) => {
          const found = files[path];
          if (found === undefined) throw Object.assign(new Error('none'), { code: 'ENOENT' });
          return found;
        },
        glob: () => ['f', 'g'],
        warn: () => undefined,
      });
      outcomes.parsed++;
    } catch (error) {
      assert.ok(error instanceof CorefileError, String(error));
      assert.match(error.message, /^[^:]+:\d+: /);
      outcomes.refused++;
    }
  };
  const wordy = fc.array(word, { maxLength: 30 }).map((words) => words.join(' '));
  fc.assert(fc.property(wordy, attempt), { seed: 1, numRuns: 5000 });
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), attempt), { seed: 2, numRuns: 1000 });
  assert.ok(outcomes.parsed > 300 && outcomes.refused > 300, JSON.stringify(outcomes));
});
