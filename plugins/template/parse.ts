import {
  argumentError,
  expectArguments,
  expectNoBlock,
  fallthroughZones,
  integer,
  unknownProperty,
  zonesOrKeys,
} from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive } from '../../src/corefile/corefile.ts';
import { Expression } from '../../src/expression/expression.ts';
import { GoTemplate, parseUnsigned, TemplateError } from '../../src/go-template/go-template.ts';
import type { BlockInfo } from '../../src/plugin/plugin.ts';
import { RegularExpression } from '../../src/regex/regular-expression.ts';
import { classFromName, Rcode, rcodeFromName, typeFromName } from '../../src/wire/codes.ts';
import { dataFunctions } from './data-functions.ts';
import { readRecords } from './record-lines.ts';
import type { RecordTemplate, Rule, Section } from './rule.ts';
import type { TemplateData } from './template-data.ts';

const USAGE = 'template CLASS TYPE [ZONES...]';
const PROPERTIES = [
  'match',
  'var',
  'expr',
  'answer',
  'additional',
  'authority',
  'rcode',
  'ederror',
  'fallthrough',
  'upstream',
];
const TEMPLATE_FUNCTIONS = { parseInt: parseUnsigned };

type Draft = { -readonly [Key in keyof Rule]: Rule[Key] extends readonly (infer T)[] ? T[] : Rule[Key] };

/** Reads `template CLASS TYPE [ZONES...] { … }`; each one is a rule of its own. */
export function parse(directives: readonly Directive[], block: BlockInfo): readonly Rule[] {
  return directives.map((directive) => readRule(directive, block));
}

function readRule(directive: Directive, block: BlockInfo): Rule {
  const [className = '', typeName = '', ...zones] = expectArguments(directive, 2, Infinity, USAGE);
  const recordClass = classFromName(className);
  if (recordClass === undefined) {
    throw new CorefileError(directive, `invalid class '${className}'; expected IN, CH, HS or ANY`);
  }
  const type = typeFromName(typeName);
  if (type === undefined) {
    throw new CorefileError(
      directive,
      `invalid type '${typeName}'; expected a record type such as A, or ANY`,
    );
  }
  const draft: Draft = {
    file: directive.file,
    line: directive.line,
    class: recordClass,
    type,
    zones: zonesOrKeys(zones, block.keys),
    patterns: [],
    variables: [],
    conditions: [],
    answer: [],
    authority: [],
    additional: [],
    rcode: Rcode.NoError,
    extendedError: undefined,
    fallthrough: undefined,
  };
  for (const property of directive.block ?? []) readProperty(property, draft);
  return draft;
}

function readProperty(property: Directive, draft: Draft): void {
  expectNoBlock(property);
  switch (property.name) {
    case 'match':
      for (const pattern of expectArguments(property, 1, Infinity, 'match REGEX...')) {
        draft.patterns.push(attempt(property, `'${pattern}'`, () => new RegularExpression(pattern)));
      }
      break;
    case 'var':
      readVariable(property, draft);
      break;
    case 'expr':
      expectArguments(property, 1, Infinity, 'expr EXPRESSION');
      draft.conditions.push(readExpression(property, property.arguments, draft));
      break;
    case 'answer':
    case 'authority':
    case 'additional':
      for (const text of expectArguments(property, 1, Infinity, `${property.name} RECORD...`)) {
        draft[property.name].push(readTemplate(property, property.name, text));
      }
      break;
    case 'rcode':
      draft.rcode = readRcode(property);
      break;
    case 'ederror': {
      const [code = '', text = ''] = expectArguments(property, 1, 2, 'ederror CODE [TEXT]');
      draft.extendedError = { code: integer(property, code, { min: 0, max: 65_535 }), text };
      break;
    }
    case 'fallthrough':
      draft.fallthrough = fallthroughZones(property);
      break;
    case 'upstream': // CoreDNS had this once, and still reads it
      break;
    default:
      unknownProperty(property, PROPERTIES);
  }
}

function readVariable(property: Directive, draft: Draft): void {
  const [name = '', ...words] = expectArguments(property, 2, Infinity, 'var NAME EXPRESSION');
  if (!/^[a-zA-Z_]\w*$/.test(name)) {
    throw new CorefileError(
      property,
      `invalid name '${name}': expected letters, digits and _, a letter first`,
    );
  }
  if (Object.hasOwn(dataFunctions, name)) {
    throw new CorefileError(property, `'${name}' is a function: choose another name`);
  }
  if (draft.variables.some((variable) => variable.name === name)) {
    throw new CorefileError(property, `variable '${name}' is there already`);
  }
  draft.variables.push({ name, expression: readExpression(property, words, draft) });
}

/** Only variables of lines above can be named. */
function readExpression(
  property: Directive,
  words: readonly string[],
  draft: Draft,
): Expression<TemplateData> {
  const source = words.join(' ');
  const names = draft.variables.map((variable) => variable.name);
  return attempt(property, `'${source}'`, () => new Expression(source, dataFunctions, names));
}

function readTemplate(property: Directive, section: Section, text: string): RecordTemplate {
  try {
    const template = new GoTemplate(text, TEMPLATE_FUNCTIONS);
    const { file, line } = property;
    return { file, line, section, template, fixed: fixedRecords(template.literal) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const position = { file: property.file, line: property.line + error.line - 1 };
    throw new CorefileError(position, `invalid template '${text}': ${error.message}`, { cause: error });
  }
}

/** A mistake waits for `setup` to warn of it: CoreDNS starts with it, and answers SERVFAIL. */
function fixedRecords(text: string | undefined): RecordTemplate['fixed'] {
  try {
    return text === undefined ? undefined : readRecords(text);
  } catch (error) {
    return error as Error;
  }
}

function readRcode(property: Directive): number {
  if (property.arguments.length !== 1) argumentError(property, 'rcode CODE');
  const rcode = rcodeFromName(property.arguments[0]!);
  if (rcode !== undefined) return rcode;
  throw new CorefileError(
    property,
    `unknown rcode '${property.arguments[0]}'; expected a name such as NOERROR, NXDOMAIN or REFUSED`,
  );
}

function attempt<T>(property: Directive, what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new CorefileError(property, `invalid ${property.name} ${what}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
