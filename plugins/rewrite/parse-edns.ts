import { OptionCode } from '../../src/wire/codes.ts';
import { EdnsRule, optionActions } from './edns-rule.ts';
import { constantData, SubnetData, variableData, variableNames } from './option-data.ts';
import type { OptionData } from './option-data.ts';
import type { RewriteRule } from './rule.ts';
import { RuleWords } from './rule-words.ts';

export const ednsUsage = 'edns0 local|nsid|subnet set|append|replace|unset ...';

const localUsage = 'edns0 local set|append|replace CODE DATA [revert] or edns0 local unset CODE';
const nsidUsage = 'edns0 nsid set|append|replace [revert] or edns0 nsid unset';
const subnetUsage = 'edns0 subnet set|append|replace IPV4-BITS IPV6-BITS [revert] or edns0 subnet unset';

const NO_DATA = constantData(new Uint8Array(0));

/** `edns0 KIND ACTION ...`: an EDNS option of the query is added, changed or taken out. */
export function parseEdnsRule(words: RuleWords): RewriteRule {
  words.expect(2, Infinity);
  const kind = words.choice('kind of EDNS option', words.list[0]!, ['local', 'nsid', 'subnet']);
  const action = words.choice('action', words.list[1]!, optionActions);
  const revert = action !== 'unset' && words.list.at(-1)!.toLowerCase() === 'revert' && words.list.length > 2;
  const list = words.list.slice(2, revert ? -1 : undefined);
  if (kind === 'nsid') {
    new RuleWords(words.position, list, nsidUsage).expect(0);
    return new EdnsRule({ code: OptionCode.NSID, action, data: NO_DATA, revert, echoed: false });
  }
  if (kind === 'subnet') {
    const rest = new RuleWords(words.position, list, subnetUsage);
    rest.expect(action === 'unset' ? 0 : 2);
    const data = action === 'unset' ? NO_DATA : parseSubnet(rest);
    return new EdnsRule({ code: OptionCode.ClientSubnet, action, data, revert, echoed: false });
  }
  const rest = new RuleWords(words.position, list, localUsage);
  rest.expect(action === 'unset' ? 1 : 2);
  const data = action === 'unset' ? NO_DATA : parseData(rest, list[1]!);
  return new EdnsRule({ code: parseCode(rest, list[0]!), action, data, revert, echoed: true });
}

function parseSubnet(words: RuleWords): OptionData {
  const [bits4 = '', bits6 = ''] = words.list;
  return new SubnetData(
    words.number('length of IPv4 networks', bits4, 32),
    words.number('length of IPv6 networks', bits6, 128),
  );
}

function parseCode(words: RuleWords, word: string): number {
  const value = /^(\d+|0x[\da-f]+)$/i.test(word) ? Number(word) : NaN;
  return value <= 0xffff
    ? value
    : words.fail(`invalid option code '${word}'; expected 0 to 65535, decimal or hexadecimal (0xffee)`);
}

/** `0x` and hexadecimal digits, a variable, or text. */
function parseData(words: RuleWords, word: string): OptionData {
  if (word.startsWith('{') && word.endsWith('}')) {
    const names = variableNames().join(', ');
    return (
      variableData(word.slice(1, -1)) ??
      words.fail(`unknown variable '${word}'; valid are ${names} and metadata as {plugin/label}`)
    );
  }
  if (!word.startsWith('0x')) return constantData(Buffer.from(word));
  if (!/^0x([\da-f]{2})+$/i.test(word)) {
    words.fail(`invalid data '${word}'; expected two hexadecimal digits a byte behind 0x`);
  }
  return constantData(Buffer.from(word.slice(2), 'hex'));
}
