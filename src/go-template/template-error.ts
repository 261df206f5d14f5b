/** What is wrong with a template, or went wrong while it was carried out. */
export class TemplateError extends Error {
  readonly code = 'ERR_TEMPLATE';
  /** In the template's text, counted from 1. */
  readonly line: number;

  constructor(line: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TemplateError';
    this.line = line;
  }
}
