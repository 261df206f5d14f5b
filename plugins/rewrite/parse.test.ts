import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { rewrite } from './index.ts';
import { setup } from './setup.ts';

const good: readonly {
  readonly text: string;
  readonly stops?: readonly boolean[];
  readonly pure?: boolean;
}[] = [
  { text: 'rewrite name a.test b.test' },
  { text: 'rewrite stop name a.test b.test' },
  { text: 'rewrite continue name a.test b.test', stops: [false] },
  { text: 'rewrite CONTINUE Name Prefix a b', stops: [false] },
  { text: 'rewrite name a.test b.test\nrewrite continue type ANY A', stops: [true, false] },
  { text: 'rewrite name exact a.test b.test answer auto' },
  { text: 'rewrite name suffix .a.test .b.test answer auto answer value (.*)\\.c {1}.d' },
  { text: 'rewrite name regex (.*)\\.a {1}.b answer name (.*)\\.b {1}.a value (.*)\\.b {1}.a' },
  { text: 'rewrite name regex a\\.test {0}.b' },
  { text: 'rewrite {\n name regex (.*)\\.a {1}.b\n answer name (.*)\\.b {1}.a\n}' },
  { text: 'rewrite continue {\n ttl\n a.test 30\n}', stops: [false] },
  { text: 'rewrite type any TYPE65280' },
  { text: 'rewrite class ch IN' },
  { text: 'rewrite ttl a.test 0' },
  { text: 'rewrite ttl regex .* 2147483647' },
  { text: 'rewrite ttl suffix .test 30-' },
  { text: 'rewrite ttl a.test -30' },
  { text: 'rewrite ttl a.test 30-30' },
  { text: 'rewrite rcode a.test nxdomain 0' },
  { text: 'rewrite rcode regex .* NOTIMPL 23' },
  { text: 'rewrite cname a.test b.test', pure: false },
  { text: 'rewrite edns0 local set 65535 text', pure: false },
  { text: 'rewrite edns0 LOCAL Append 0xffee 0x00FF revert', pure: false },
  { text: 'rewrite edns0 local replace 0xFFEE {client_ip}', pure: false },
  { text: 'rewrite edns0 local set 0xffee {kubernetes/client-namespace}', pure: false },
  { text: 'rewrite edns0 local unset 0xffee', pure: false },
  { text: 'rewrite edns0 nsid set', pure: false },
  { text: 'rewrite edns0 nsid append revert', pure: false },
  { text: 'rewrite edns0 nsid unset', pure: false },
  { text: 'rewrite edns0 subnet replace 32 128 revert', pure: false },
  { text: 'rewrite edns0 subnet unset', pure: false },
];

for (const { text, stops = [true], pure = true } of good) {
  test(`${text.replace(/\s+/g, ' ')} is taken`, () => {
    const { steps } = parsePlugin(rewrite, text);
    assert.deepEqual(
      steps.map(({ stop }) => stop),
      stops,
    );
    assert.equal(setup({ steps }).repeats, pure ? 'pure' : undefined);
  });
}

test('one rule that looks at more than the question keeps answers from being repeated', () => {
  const { steps } = parsePlugin(rewrite, 'rewrite name a.test b.test\nrewrite edns0 nsid set');
  assert.equal(setup({ steps }).repeats, undefined);
});

const bad: readonly { readonly text: string; readonly message: RegExp }[] = [
  {
    text: 'rewrite',
    message: /no field to rewrite; expected one of name, type, class, ttl, rcode, cname, edns0$/,
  },
  { text: 'rewrite continue', message: /no field to rewrite/ },
  { text: 'rewrite nmae a b', message: /unknown field 'nmae'; did you mean 'name'\?; valid are name, type/ },
  { text: 'rewrite answer name a b', message: /'answer' must stand behind a name rule/ },
  { text: 'rewrite name a', message: /wrong argument count after 'a'; expected name \[exact\|prefix/ },
  {
    text: 'rewrite name sufix .a .b',
    message:
      /invalid kind of match 'sufix'; did you mean 'suffix'\?; valid are exact, prefix, suffix, substring, regex$/,
  },
  { text: 'rewrite name a b answer auto', message: /invalid kind of match 'a'/ },
  { text: 'rewrite name exact a..b c', message: /'a..b' is not a domain name/ },
  { text: 'rewrite name exact a b auto', message: /unexpected 'auto'; expected answer auto, answer name or/ },
  { text: 'rewrite name regex a b answer', message: /invalid answer ''; valid are auto, name, value/ },
  { text: 'rewrite name regex a b answer nam c d', message: /invalid answer 'nam'; did you mean 'name'/ },
  {
    text: 'rewrite name regex a b answer name c',
    message: /answer name needs a regular expression and a name/,
  },
  {
    text: 'rewrite name suffix a b answer auto answer name c d',
    message: /'answer auto' cannot be combined with 'answer name'/,
  },
  { text: 'rewrite name regex (a b', message: /invalid regular expression '\(a': / },
  { text: `rewrite name regex ${'a'.repeat(10_001)} b`, message: /longer than 10000 characters/ },
  { text: 'rewrite name regex (.*)\\.a {1}.{2}', message: /'\{1\}\.\{2\}' names 2 groups, but '.*' has 1$/ },
  { text: 'rewrite name regex (.*) a answer value a {1}', message: /'\{1\}' names 1 groups, but 'a' has 0/ },
  { text: 'rewrite type A', message: /wrong argument count after 'A'; expected type FROM TO/ },
  { text: 'rewrite type A B', message: /invalid type 'B'; valid are A, NS, .* and TYPE<number>/ },
  { text: 'rewrite class IN XX', message: /invalid class 'XX'; valid are IN, CH, HS, NONE, ANY and CLASS</ },
  { text: 'rewrite ttl a', message: /expected ttl \[exact/ },
  { text: 'rewrite ttl a -', message: /invalid TTL '-'; expected seconds or a range/ },
  { text: 'rewrite ttl a 1-2-3', message: /invalid TTL '1-2-3'; expected seconds or a range/ },
  { text: 'rewrite ttl a 20-10', message: /invalid TTL '20-10'; its minimum is above its maximum/ },
  { text: 'rewrite ttl a 5s', message: /invalid TTL '5s'; expected a whole number from 0 to 2147483647/ },
  { text: 'rewrite ttl a 2147483648', message: /invalid TTL '2147483648'/ },
  { text: 'rewrite rcode a NXDOMAIN', message: /wrong argument count after 'NXDOMAIN'; expected rcode/ },
  {
    text: 'rewrite rcode a NXDOMAIN NOPE',
    message: /invalid rcode 'NOPE'; valid are NOERROR, .* and 0 to 23/,
  },
  { text: 'rewrite rcode a 0 24', message: /invalid rcode '24'; expected a whole number from 0 to 23/ },
  { text: 'rewrite cname exakt a b', message: /invalid kind of match 'exakt'; did you mean 'exact'/ },
  { text: 'rewrite edns0 local', message: /expected edns0 local\|nsid\|subnet/ },
  {
    text: 'rewrite edns0 cookie set',
    message: /invalid kind of EDNS option 'cookie'; valid are local, nsid, subnet/,
  },
  { text: 'rewrite edns0 nsid add', message: /invalid action 'add'; valid are set, append, replace, unset/ },
  { text: 'rewrite edns0 nsid set 1', message: /expected edns0 nsid set/ },
  { text: 'rewrite edns0 nsid unset revert', message: /expected edns0 nsid set/ },
  { text: 'rewrite edns0 local set 0xffee', message: /expected edns0 local set/ },
  { text: 'rewrite edns0 local set 0xffee revert', message: /expected edns0 local set/ },
  {
    text: 'rewrite edns0 local set 0x10000 a',
    message: /invalid option code '0x10000'; expected 0 to 65535/,
  },
  { text: 'rewrite edns0 local set 0xffee 0x123', message: /invalid data '0x123'; expected two hexadecimal/ },
  {
    text: 'rewrite edns0 local set 0xffee {client}',
    message: /unknown variable '\{client\}'; valid are \{qname\}, .* and metadata as \{plugin\/label\}/,
  },
  { text: 'rewrite edns0 subnet set 24', message: /expected edns0 subnet set/ },
  { text: 'rewrite edns0 subnet set 33 56', message: /invalid length of IPv4 networks '33'.* from 0 to 32/ },
  {
    text: 'rewrite edns0 subnet set 24 129',
    message: /invalid length of IPv6 networks '129'.* from 0 to 128/,
  },
  { text: 'rewrite name a b {\n answer auto\n}', message: /unexpected '\{': the rule stands on the line or/ },
];

for (const { text, message } of bad) {
  test(`${text.replace(/\s+/g, ' ').slice(0, 80)} is refused`, () => {
    assert.throws(
      () => parsePlugin(rewrite, text),
      (error) => error instanceof CorefileError && error.line === 2 && message.test(error.message),
    );
  });
}
