import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { expectArguments, expectNoBlock } from '../../src/corefile/arguments.ts';
import { CorefileError, type Directive, type Position } from '../../src/corefile/corefile.ts';
import { RootDirectory } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';

export interface Options {
  /** As written: relative to the process's working directory. */
  readonly path: string;
  readonly position: Position;
}

/** Reads `root PATH`; of several the last one counts. */
export function parse(directives: readonly Directive[]): Options {
  const paths = directives.map((directive) => {
    expectNoBlock(directive);
    const [path] = expectArguments(directive, 1, 1, 'root PATH');
    return { path: path!, position: { file: directive.file, line: directive.line } };
  });
  return paths.at(-1)!;
}

/** Offers the directory. One that is missing may still come; one that cannot be looked at refuses the start. */
export function setup({ path, position }: Options, controller: Controller): undefined {
  try {
    statSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') {
      throw new CorefileError(position, `unable to access root path '${path}': ${message}`, { cause: error });
    }
    controller.log.warning(`root path does not exist: ${path}`);
  }
  controller.offer(RootDirectory, resolve(path));
}
