import { dirname, resolve } from 'node:path';
import { ownNode } from '../../src/cluster/own-node.ts';
import type { LinkEngine } from '../../src/mdns/link-engine.ts';
import { MachineLinks } from '../../src/mdns/machine-links.ts';
import { AnnouncedServices, ClusterLeases, RootDirectory } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler } from '../../src/plugin/plugin.ts';
import { ChosenNames } from './chosen-names.ts';
import { MdnsHandler } from './handler.ts';
import { LinkAnnouncer } from './link-announcer.ts';
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
  const announcers = announcersOf(links, machine, controller);
  const ends: (() => void)[] = [];
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
    if (announcers.length > 0) ends.push(...attachAll(announcers, controller));
  });
  controller.onStop(async () => {
    for (const end of ends) end();
    for (const { lookups } of opened) lookups.close();
    await Promise.all(opened.map(async ({ name }) => machine.release(name)));
  });
  return { repeats: 'pure', handle: (query, next) => handler!.handle(query, next) };
}

/** Those who announce Services, handed over at a reload: nobody is to see them go and come back. */
function announcersOf(
  links: readonly LinkOptions[],
  machine: Links,
  controller: Controller,
): LinkAnnouncer[] {
  const { clock, log, metrics } = controller;
  const root = controller.ask(RootDirectory) ?? dirname(controller.block.file);
  return links.flatMap(({ interface: link, announce }) => {
    if (announce === undefined) return [];
    const file = announce.file === undefined ? undefined : resolve(root, announce.file);
    const names = controller.share(`mdns names ${file ?? link}`, () => new ChosenNames(file, log));
    const parts = { links: machine, node: ownNode(), names, clock, log, metrics };
    const key = `mdns announcer ${JSON.stringify([link, file ?? ''])}`;
    return [controller.share(key, () => new LinkAnnouncer(link, parts))];
  });
}

function attachAll(announcers: readonly LinkAnnouncer[], controller: Controller): (() => void)[] {
  const sources = controller.askAll(AnnouncedServices);
  if (sources.length === 0) {
    controller.log.warning("'announce' has nothing to announce: no server block has the plugin kubernetes");
  }
  // All instances have the same Corefile: of several clusters they agree in the first.
  const [leases] = controller.askAll(ClusterLeases);
  return announcers.map((announcer) => announcer.attach(sources, leases));
}

/** What a link shares, handed over at a reload: who sees it there is not to see it go and come back. */
function sharingsOf(
  { interface: from, sharing }: LinkOptions,
  machine: Links,
  controller: Controller,
): LinkSharing[] {
  return sharing.flatMap((rule) =>
    rule.to.map((to) => {
      const key = `mdns sharing ${JSON.stringify([from, to, rule.type, rule.instance, rule.host])}`;
      return controller.share(key, () => new LinkSharing(machine, from, to, rule, controller.log));
    }),
  );
}
