import { OtherClasses } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Handler } from '../../src/plugin/plugin.ts';
import { endpointName } from '../../src/upstream/endpoint.ts';
import { Budget } from './budget.ts';
import { LineEncryption } from './encryption.ts';
import { FollowedFile } from './followed-file.ts';
import { ForwardHandler } from './handler.ts';
import { ForwardLine } from './line.ts';
import type { LineSurroundings } from './line.ts';
import { makeMember } from './make-member.ts';
import { MemberSet } from './member-set.ts';
import { ForwardMetrics } from './metrics.ts';
import { NamedHosts, withHosts } from './named-hosts.ts';
import type { LineOptions } from './options.ts';
import { LineAddresses } from './upstream-addresses.ts';

/** Makes the upstreams of all lines. Before there is a query nothing is sent, only encrypted connections are opened. */
export function setup(lines: readonly LineOptions[], controller: Controller): Handler {
  const metrics = new ForwardMetrics(controller.metrics);
  const budget = controller.share('forward/budget', () => new Budget());
  controller.offer(OtherClasses, true);
  const { clock, random } = controller;
  const handlers = lines.map((line) => {
    for (const warning of line.warnings) controller.log.warning(warning);
    const options = withHosts(line);
    const hosts = new NamedHosts(options, controller);
    const addresses = new LineAddresses(options, controller, hosts);
    return makeLine(options, { addresses, hosts }, controller, { metrics, budget, clock, random });
  });
  return new ForwardHandler(handlers);
}

function makeLine(
  options: LineOptions,
  { addresses, hosts }: { readonly addresses: LineAddresses; readonly hosts: NamedHosts },
  controller: Controller,
  surroundings: LineSurroundings,
): ForwardLine {
  const encryption = new LineEncryption(options, controller);
  const members = new MemberSet((address) =>
    makeMember(address, options, encryption.of(address.encrypted), surroundings.metrics, controller),
  );
  const first = members.become(addresses.current);
  const line = new ForwardLine(options, first, hosts, surroundings);
  controller.onStart(() => {
    for (const { upstream } of first) upstream.warm();
  });
  if (!hosts.isEmpty) {
    const changed = (): void => {
      if (!addresses.refresh()) return;
      const now = members.become(addresses.current);
      line.use(now);
      for (const { upstream } of now) upstream.warm();
    };
    let unfollow = (): void => undefined;
    controller.onStart(() => {
      unfollow = hosts.follow(changed);
      changed();
    });
    controller.onStop(() => unfollow());
  }
  controller.onStop(() => members.close());
  for (const target of options.targets) {
    if (target.kind !== 'file') continue;
    const file = new FollowedFile(target.path, controller.clock, () => {
      if (!addresses.refresh()) return;
      line.use(members.become(addresses.current));
      const names = addresses.current.map(({ address, port }) => endpointName(address, port));
      controller.log.info(`${target.path} has changed; '${options.from}' goes to ${names.join(' ')} now`);
    });
    controller.onStart(() => file.start());
    controller.onStop(() => file.stop());
  }
  return line;
}
