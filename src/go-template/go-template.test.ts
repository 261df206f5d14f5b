import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GoTemplate, parseUnsigned, TemplateError } from './go-template.ts';
import type { Fields, Value } from './go-template.ts';

const data: Fields = {
  field: (name) =>
    ({
      Name: 'web.example.',
      Match: ['web.example.', 'web'],
      Group: new Map([
        ['b', 'two'],
        ['a', 'one'],
      ]),
      Empty: [],
      Count: 3,
      Yes: true,
      Inner: { field: (inner: string) => (inner === 'Id' ? 7 : undefined) } satisfies Fields,
      Meta: (label: Value) => (label === 'a/b' ? 'found' : 'nothing'),
    })[name],
};
const functions = { parseInt: parseUnsigned };

const good: readonly [title: string, template: string, text: string][] = [
  ['text alone', 'a { b } c', 'a { b } c'],
  ['a field', 'x {{ .Name }} y', 'x web.example. y'],
  ['a field without spaces', '{{.Name}}', 'web.example.'],
  ['a chain', '{{ .Group.a }}{{ .Inner.Id }}', 'one7'],
  [
    'the data by its variable',
    '{{ $.Name }}{{ with .Group }}{{ .a }}{{ $.Count }}{{ end }}',
    'web.example.one3',
  ],
  ['a key that is not there', '{{ .Group.x }}', '<no value>'],
  ['a key that is not there in a condition', '{{ if .Group.x }}y{{ else }}n{{ end }}', 'n'],
  ['a method', '{{ .Meta "a/b" }}{{ "c" | .Meta }}', 'foundnothing'],
  ['trim markers', 'a \n {{- " b " -}} \t c', 'a b c'],
  ['a minus that is no marker', 'a {{-3}} b', 'a -3 b'],
  ['a comment', 'a{{/* {{ no }} */}}b {{- /* x */ -}} c', 'abc'],
  ['delimiters in a string', '{{ "}}" }}', '}}'],
  ['a raw string over lines', '{{ `a\\n\nb` }}', 'a\\n\nb'],
  ['escapes', String.raw`{{ "\x41B\103\t\"\\" }}`, 'ABC\t"\\'],
  ['a character', "{{ 'a' }}", '97'],
  [
    'numbers',
    '{{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }} {{ -5 }} {{ 1.5 }}',
    '31 3 15 15 1000 -5 1.5',
  ],
  [
    'large numbers',
    '{{ 1e21 }} {{ 0xffffffffffffffff }} {{ -9223372036854775808 }}',
    '1e+21 18446744073709551615 -9223372036854775808',
  ],
  ['a number of 64 bits', '{{ 18446744073709551615 }}', '18446744073709551615'],
  ['booleans and nil', '{{ true }}{{ if nil }}x{{ end }}', 'true'],
  ['lists and maps', '{{ .Match }} {{ .Group }}', '[web.example. web] map[a:one b:two]'],
  ['a variable', '{{ $x := .Count }}{{ $x }}{{ $x = 4 }}{{ $x }}', '34'],
  ['a variable of an inner block', '{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}', '21'],
  ['an outer variable set inside', '{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
  ['a variable of a condition', '{{ if $x := .Count }}{{ $x }}{{ else }}{{ $x }}{{ end }}', '3'],
  ['pipelines', '{{ .Name | len | printf "%03d" }}', '012'],
  ['parentheses with a chain', '{{ (index .Match 1) | len }}{{ (print .Count) }}', '33'],
  ['if, else if, else', '{{ if eq .Count 1 }}a{{ else if eq .Count 3 }}b{{ else }}c{{ end }}', 'b'],
  ['with and else', '{{ with .Empty }}x{{ else }}{{ .Count }}{{ end }}', '3'],
  ['with and else with', '{{ with .Empty }}x{{ else with .Match }}{{ len . }}{{ end }}', '2'],
  ['range', '{{ range .Match }}<{{ . }}>{{ end }}', '<web.example.><web>'],
  ['range with index', '{{ range $i, $m := .Match }}{{ $i }}={{ $m }};{{ end }}', '0=web.example.;1=web;'],
  ['range with an element', '{{ range $m := .Match }}{{ $m }};{{ end }}', 'web.example.;web;'],
  ['range over a map', '{{ range $k, $v := .Group }}{{ $k }}{{ $v }} {{ end }}', 'aone btwo '],
  ['range over a number', '{{ range 3 }}{{ . }}{{ end }}', '012'],
  ['range over nothing', '{{ range .Empty }}x{{ else }}none{{ end }}', 'none'],
  [
    'break and continue',
    '{{ range $i := 9 }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ if gt $i 3 }}{{ break }}{{ end }}{{ $i }}{{ end }}',
    '023',
  ],
  ['and, or', '{{ and 1 0 2 }}{{ or 0 "" 5 6 }}{{ and true .Count }}', '053'],
  ['what and and or leave out', '{{ or .Yes (index .Match 9) }}{{ and 0 (index .Match 9) }}', 'true0'],
  ['not', '{{ not .Empty }}{{ not 1 }}', 'truefalse'],
  ['eq of several', '{{ eq .Count 1 2 3 }}{{ eq "a" "b" }}{{ ne 1 2 }}', 'truefalsetrue'],
  ['order', '{{ lt 1 2 }}{{ le 2 2 }}{{ gt "a" "b" }}{{ ge 3 4 }}', 'truetruefalsefalse'],
  ['eq of what is not there', '{{ eq .Group.x "a" }}', 'false'],
  ['index', '{{ index .Match 1 }}{{ index .Group "b" }}{{ index .Group "x" }}{{ index "a" 0 }}', 'webtwo97'],
  ['slice', '{{ slice .Name 4 7 }}{{ slice .Match 1 }}{{ slice "abc" }}', 'exa[web]abc'],
  ['print', '{{ print 1 2 "a" 3 true }}{{ println "a" 1 }}', '1 2a3 truea 1\n'],
  [
    'parseInt',
    '{{ parseInt "ff" 16 8 }}{{ parseInt "0x10" 0 64 }} {{ parseInt "18446744073709551615" 10 0 }}',
    '25516 18446744073709551615',
  ],
];
for (const [title, template, text] of good) {
  test(`${title}: ${template}`, () => assert.equal(new GoTemplate(template, functions).execute(data), text));
}

const formats: readonly [format: string, value: string, text: string][] = [
  ['%s|', '"a"', 'a|'],
  ['%3s|', '"a"', '  a|'],
  ['%-3s|', '"a"', 'a  |'],
  ['%.2s|', '"abc"', 'ab|'],
  ['%q', '"a"', '"a"'],
  ['%v', '.Match', '[web.example. web]'],
  ['%5v|', '12', '   12|'],
  ['%d', '12', '12'],
  ['%05d', '-12', '-0012'],
  ['%+d', '12', '+12'],
  ['%-4d|', '12', '12  |'],
  ['%.3d', '7', '007'],
  ['%x', '255', 'ff'],
  ['%04X', '255', '00FF'],
  ['%#x', '255', '0xff'],
  ['%x', '"hi"', '6869'],
  ['%o', '8', '10'],
  ['%08b', '5', '00000101'],
  ['%c', '65', 'A'],
  ['%t', 'true', 'true'],
  ['%.2f', '1.5', '1.50'],
  ['%s%%', '"a"', 'a%'],
];
for (const [format, value, text] of formats) {
  test(`printf ${format} of ${value}`, () => {
    assert.equal(new GoTemplate(`{{ printf "${format}" ${value} }}`).execute(data), text);
  });
}

const refused: readonly [template: string, line: number, message: RegExp][] = [
  ['{{ .Name ', 1, /not closed/],
  ['a\nb {{ }}', 2, /missing value/],
  ['{{ if .Name }}x', 1, /\{\{if\}\} has no \{\{end\}\}/],
  ['{{ range .Match }}{{ else }}x', 1, /\{\{range\}\} has no/],
  ['{{ end }}', 1, /unexpected \{\{end\}\}/],
  ['{{ if 1 }}{{ else }}{{ else }}{{ end }}', 1, /another \{\{else\}\}/],
  ['{{ if 1 }}{{ end x }}', 1, /unexpected 'x'/],
  ['\n\n{{ toUpper .Name }}', 3, /function 'toUpper' is not defined/],
  ['{{ constructor }}', 1, /'constructor' is not defined/],
  ['{{ $x }}', 1, /variable '\$x' is not defined/],
  ['{{ $x := $x }}', 1, /variable '\$x' is not defined/],
  ['{{ if 1 }}{{ $x := 1 }}{{ end }}{{ $x }}', 1, /variable '\$x' is not defined/],
  ['{{ $ = 1 }}', 1, /\$ cannot be set/],
  ['{{ .Group.1 }}', 1, /unexpected '.1'/],
  ['{{ "a" "b" }}', 1, /literal cannot be called/],
  ['{{ .Name | "b" }}', 1, /literal cannot be called/],
  ['{{ .Name | }}', 1, /missing value/],
  ['{{ (print 1 }}', 1, /'\(' is not closed/],
  ['{{ print 1) }}', 1, /unexpected '\)'/],
  ['{{ "a }}', 1, /" is not closed/],
  ['{{ "\\y" }}', 1, /bad escape/],
  ["{{ 'ab' }}", 1, /not one character/],
  ['{{ .Name ! }}', 1, /unexpected '!'/],
  ['{{/* x }}', 1, /comment is not closed/],
  ['{{/* x */ .Name }}', 1, /right behind a comment/],
  ['{{ break }}', 1, /outside of \{\{range\}\}/],
  ['{{ define "x" }}{{ end }}', 1, /not supported/],
  ['{{ and }}', 1, /and needs arguments/],
  ['{{ 12abc }}', 1, /unexpected 'abc'/],
  ['{{ if 1 }}'.repeat(101), 1, /too deep/],
];
for (const [template, line, message] of refused) {
  test(`refused: ${template.slice(0, 60)}`, () => {
    assert.throws(
      () => new GoTemplate(template),
      (error) => error instanceof TemplateError && error.line === line && message.test(error.message),
    );
  });
}

const failing: readonly [template: string, message: RegExp][] = [
  ['{{ .Nmae }}', /can't evaluate field Nmae/],
  ['{{ .Name.Part }}', /field Part in a string/],
  ['{{ .Name 1 }}', /a string takes no arguments/],
  ['{{ .Inner }}', /has no text/],
  ['{{ index .Match 2 }}', /index out of range: 2/],
  ['{{ index .Match "a" }}', /no place/],
  ['{{ index .Count 1 }}', /cannot look into a number/],
  ['{{ slice .Name 5 3 }}', /bounds out of range/],
  ['{{ len 3 }}', /len of a number/],
  ['{{ eq 1 "a" }}', /cannot compare/],
  ['{{ eq .Match .Match }}', /a list cannot be compared/],
  ['{{ lt true false }}', /no order/],
  ['{{ not }}', /expected 1 arguments, not 0/],
  ['{{ range .Name }}{{ end }}', /range cannot go over a string/],
  ['{{ printf "%d" "a" }}', /%d does not take a string/],
  ['{{ printf "%d" }}', /no value for %d/],
  ['{{ printf "%d" 1 2 }}', /more values/],
  ['{{ printf "%y" 1 }}', /unknown verb %y/],
  ['{{ printf "%1001d" 1 }}', /wider than/],
  ['{{ parseInt "g" 16 8 }}', /no number of base 16/],
  ['{{ parseInt "-1" 10 8 }}', /no number of base 10/],
  ['{{ parseInt "256" 10 8 }}', /out of range/],
  ['{{ parseInt "" 10 8 }}', /no number/],
  ['{{ parseInt "1" 1 8 }}', /invalid base/],
  ['{{ parseInt "1" 10 65 }}', /invalid bit size/],
];
for (const [template, message] of failing) {
  test(`failing: ${template}`, () => {
    const compiled = new GoTemplate(`\n${template}`, functions);
    assert.throws(
      () => compiled.execute(data),
      (error) => error instanceof TemplateError && error.line === 2 && message.test(error.message),
    );
  });
}

for (const [title, template, message] of [
  ['a loop that is long', '{{ range 1000000000 }}{{ end }}', /more than 10000 steps/],
  ['loops within loops', '{{ range 200 }}{{ range 200 }}{{ end }}{{ end }}', /more than 10000 steps/],
  ['a text that grows', '{{ range 1000 }}{{ printf "%500d" 1 }}{{ end }}', /longer than 65536/],
  [
    'a variable that doubles',
    '{{ $x := "ab" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}',
    /longer than 65536/,
  ],
] as const) {
  test(`${title} is ended`, () => assert.throws(() => new GoTemplate(template).execute(data), message));
}

test('a template knows the fields that it reads', () => {
  const { fields } = new GoTemplate(
    '{{ if .A }}{{ $.B.C }}{{ end }}{{ (print .D).E }}{{ range .F }}{{ end }}',
  );
  assert.deepEqual([...fields].sort(), ['A', 'B', 'C', 'D', 'E', 'F']);
});

test('a template without actions is a literal', () => {
  assert.equal(new GoTemplate('a {{/* c */}}b').literal, 'a b');
  assert.equal(new GoTemplate('{{ 1 }}').literal, undefined);
});
