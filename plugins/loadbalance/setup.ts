import { resolve } from 'node:path';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { RootDirectory } from '../../src/plugin/capability.ts';
import type { Timer } from '../../src/plugin/clock.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler } from '../../src/plugin/plugin.ts';
import { RoundRobinHandler, WeightedHandler } from './handler.ts';
import type { Options, WeightedOptions } from './parse.ts';
import { WeightFile } from './weight-file.ts';

/** Chooses the handler; one with weights follows its file from the start on. */
export function setup(options: Options, controller: Controller): Handler {
  if (options.policy === 'round_robin') return new RoundRobinHandler(controller.random, options.prefer);
  return new WeightedHandler(controller.random, follow(options, controller));
}

function follow({ file, reload, position }: WeightedOptions, controller: Controller): WeightFile {
  const source = new WeightFile(resolve(controller.ask(RootDirectory) ?? '', file), controller.log);
  let timer: Timer | undefined;
  controller.onStart(async () => {
    try {
      await source.begin(reload > 0);
    } catch (error) {
      throw new CorefileError(position, (error as Error).message, { cause: error });
    }
    if (reload > 0) timer = controller.clock.every(reload, () => void source.look());
  });
  controller.onStop(() => timer?.cancel());
  return source;
}
