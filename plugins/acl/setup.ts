import type { Controller } from '../../src/plugin/controller.ts';
import { AclHandler } from './handler.ts';
import { AclMetrics } from './metrics.ts';
import type { Rule } from './policy.ts';

/** Nothing but the counters is wired: all that decides stands in the query and the rules. */
export function setup(rules: readonly Rule[], controller: Controller): AclHandler {
  return new AclHandler(rules, new AclMetrics(controller.metrics));
}
