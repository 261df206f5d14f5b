import type { ExpressionFunction } from '../../src/expression/expression.ts';
import { queryFunctions, questionFunctions } from '../../src/expression/query-functions.ts';
import type { TemplateData } from './template-data.ts';

type DataFunctions = Readonly<Record<string, ExpressionFunction<TemplateData>>>;

const ofQuery: DataFunctions = Object.fromEntries(
  Object.entries(queryFunctions).map(([name, call]): [string, ExpressionFunction<TemplateData>] => [
    name,
    (data, ...values) => call(data.query, ...values),
  ]),
);

const ofMatch: DataFunctions = {
  zone: (data) => data.zone,
  /** A group's text by its name or number. */
  group: (data, name) => {
    const text = data.groups.get(String(name));
    if (text === undefined) throw new Error(`group: the pattern has no group '${String(name)}'`);
    return text;
  },
};

/** What the expressions of a template can call: what can be asked of the query, and of the match. */
export const dataFunctions: DataFunctions = { ...ofQuery, ...ofMatch };

/** Whether an expression that calls these gives the same for every client that asks the same question. */
export function dependsOnQuestionOnly(called: ReadonlySet<string>): boolean {
  return [...called].every((name) => questionFunctions.has(name) || Object.hasOwn(ofMatch, name));
}
