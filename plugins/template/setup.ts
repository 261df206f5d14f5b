import type { Controller } from '../../src/plugin/controller.ts';
import { TemplateHandler } from './handler.ts';
import { TemplateMetrics } from './metrics.ts';
import type { Rule } from './rule.ts';

/** Warns of texts that cannot be records; they are answered SERVFAIL, as CoreDNS does. */
export function setup(rules: readonly Rule[], controller: Controller): TemplateHandler {
  for (const { answer, authority, additional } of rules) {
    for (const { fixed, file, line, template } of [...answer, ...authority, ...additional]) {
      if (!(fixed instanceof Error)) continue;
      controller.log.warning(`${file}:${line}: '${template.source}' is no record: ${fixed.message}`);
    }
  }
  return new TemplateHandler(rules, new TemplateMetrics(controller.metrics));
}
