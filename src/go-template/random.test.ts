import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GoTemplate, TemplateError } from './go-template.ts';

/** Pieces that templates are made of; put together at random they are mostly wrong, and sometimes right. */
const pieces = [
  ...['{{', '}}', '{{-', '-}}', '{{/*', '*/}}', '{{ end }}', '{{ else }}', '{{ if ', '{{ range ', '{{ with '],
  ...[
    '$',
    '$x',
    ':=',
    '=',
    ',',
    '.',
    '.a',
    '.b.c',
    '(',
    ')',
    '|',
    ' ',
    '\n',
    'x',
    'break',
    'continue',
    'nil',
  ],
  ...['"a"', '`b`', "'c'", '1', '0x1f', '-2', '1e9', '99999999999999999999', '"', '`', "'", '\\', 'ö'],
  ...['print ', 'printf ', '"%9s%d" ', 'len ', 'index ', 'slice ', 'eq ', 'lt ', 'and ', 'or ', 'not '],
];
const data = {
  field: (name: string) => (name === 'a' ? ['x', 'y'] : name === 'b' ? new Map([['c', 'z']]) : undefined),
};

test('whatever is written, a template is made, or refused with its line', () => {
  let made = 0;
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(''));
  const action = fc
    .array(fc.constantFrom(...pieces), { maxLength: 6 })
    .map((parts) => `{{ ${parts.join(' ')} }}`);
  fc.assert(
    fc.property(fc.oneof(text, action), (source) => {
      try {
        assert.equal(typeof new GoTemplate(source).execute(data), 'string');
        made++;
      } catch (error) {
        assert.ok(error instanceof TemplateError, String(error));
        assert.ok(error.line >= 1 && error.line <= source.split('\n').length);
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
  assert.ok(made > 100, `only ${made} were right`);
});
