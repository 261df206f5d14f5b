import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import { MachineLinks } from '../../src/mdns/machine-links.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler } from '../../src/plugin/plugin.ts';
import { MdnsHandler } from './handler.ts';
import { LinkSharing } from './link-sharing.ts';
import { Lookups } from './lookups.ts';
import type { LinkOptions, Options } from './parse.ts';

/** The machine's links, for tests to give others. */
export interface Links {
  load(): Promise<void>;
  engine(name: string): LinkEngine;
  release(name: string): void | Promise<void>;
}

/** Joins the links, or takes them over from the configuration before, and answers from them. */
export function setup(
  { links }: Options,
  controller: Controller,
  machine: Links = controller.share('mdns', () => new MachineLinks(controller)),
): Handler {
  const { clock, cells } = controller;
  const sharings = links.flatMap((options) => sharingsOf(options, machine, controller));
  const opened: { readonly name: string; readonly lookups: Lookups }[] = [];
  let handler: MdnsHandler | undefined;
  controller.onStart(async () => {
    await machine.load();
    handler = new MdnsHandler(
      links.map((options) => {
        const engine = machine.engine(options.interface);
        const lookups = new Lookups({ engine, clock, cells });
        opened.push({ name: options.interface, lookups });
        return { options, parts: { engine, lookups, clock, cells } };
      }),
    );
    for (const sharing of sharings) sharing.start();
  });
  controller.onStop(async () => {
    for (const { lookups } of opened) lookups.close();
    await Promise.all(opened.map(async ({ name }) => machine.release(name)));
  });
  return { repeats: 'pure', handle: (query, next) => handler!.handle(query, next) };
}

/** What a link shares, handed over at a reload: who sees it there is not to see it go and come back. */
function sharingsOf(
  { interface: from, sharing }: LinkOptions,
  machine: Links,
  controller: Controller,
): LinkSharing[] {
  return sharing.flatMap((rule) =>
    rule.to.map((to) => {
      const key = `mdns sharing ${JSON.stringify([from, to, rule.type, rule.instance])}`;
      return controller.share(key, () => new LinkSharing(machine, from, to, rule, controller.log));
    }),
  );
}
