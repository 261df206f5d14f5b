import { zonesOrKeys } from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive } from '../../src/corefile/corefile.ts';
import { didYouMean } from '../../src/corefile/nearest.ts';
import type { BlockInfo } from '../../src/plugin/plugin.ts';
import { typeFromName } from '../../src/wire/codes.ts';
import { Network } from '../../src/wire/network.ts';
import { actions, type Action, type Policy, type Rule } from './policy.ts';

/** Reads every `acl [ZONES...] { ACTION [type TYPE...] [net NETWORK...] }` of a server block. */
export function parse(directives: readonly Directive[], block: BlockInfo): Rule[] {
  return directives.map((directive) => ({
    zones: zonesOrKeys(directive.arguments, block.keys),
    policies: (directive.block ?? []).map(readPolicy),
  }));
}

const ALL = '*';
const sections = ['type', 'net'] as const;
type Section = (typeof sections)[number];

function readPolicy(line: Directive): Policy {
  const words = new Map<Section, string[]>();
  let current: string[] | undefined;
  for (const word of line.arguments) {
    const section = sections.find((candidate) => candidate === word.toLowerCase());
    if (section !== undefined) {
      current = words.get(section) ?? [];
      words.set(section, current);
    } else if (current !== undefined) current.push(word);
    else throw new CorefileError(line, `unexpected '${word}'; expected 'type' or 'net'`);
  }
  for (const [section, found] of words) {
    if (found.length === 0) throw new CorefileError(line, `nothing follows '${section}'`);
  }
  const types = words.get('type');
  const networks = words.get('net');
  return {
    action: readAction(line),
    types: isAll(types) ? undefined : new Set(types.map((name) => readType(line, name))),
    networks: isAll(networks) ? undefined : networks.map((text) => readNetwork(line, text)),
  };
}

function isAll(words: readonly string[] | undefined): words is undefined {
  return words === undefined || words.includes(ALL);
}

function readAction(line: Directive): Action {
  const action = actions.find((candidate) => candidate === line.name.toLowerCase());
  if (action !== undefined) return action;
  const choices = actions.join(', ');
  throw new CorefileError(
    line,
    `unknown action '${line.name}'${didYouMean(line.name, actions)}; expected one of ${choices}`,
  );
}

function readType(line: Directive, name: string): number {
  const type = typeFromName(name);
  if (type !== undefined) return type;
  throw new CorefileError(line, `unknown record type '${name}'; expected one such as AAAA, or * for all`);
}

function readNetwork(line: Directive, text: string): Network {
  const network = Network.parse(text);
  if (network !== undefined) return network;
  throw new CorefileError(line, `invalid network '${text}'; expected ADDRESS, ADDRESS/BITS, or * for all`);
}
