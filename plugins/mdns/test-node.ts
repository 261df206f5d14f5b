import { createLogger } from '../../src/log/logger.ts';
import { gatewayMark } from '../../src/mdns/gateway-mark.ts';
import { PrometheusRegistry } from '../../src/metrics/prometheus-registry.ts';
import type { AnnouncedService } from '../../src/plugin/capability.ts';
import { RecordType } from '../../src/wire/codes.ts';
import { LinkWorld } from '../../test/kit/link-world.ts';
import type { TestEngine } from '../../test/kit/link-world.ts';
import { recordText } from '../../test/kit/record-text.ts';
import { ChosenNames } from './chosen-names.ts';
import { LinkAnnouncer } from './link-announcer.ts';

/** A Service that wants to be announced. */
export const WEB: AnnouncedService = {
  namespace: 'shop',
  name: 'web',
  instance: 'The shop',
  type: '_http._tcp',
  txt: ['path=/'],
  port: 80,
  nodePort: 30080,
  addresses: [],
  isLocal: false,
  readyNodes: new Set(['node-2']),
};

/** A link with an announcer, and the Services that it is told of. */
export class Node {
  readonly world = new LinkWorld();
  readonly lines: string[] = [];
  readonly metrics = new PrometheusRegistry();
  readonly engine: TestEngine = this.world.engineWithMark(gatewayMark(Uint8Array.of(0, 7)), '192.168.1.1');
  services: AnnouncedService[] = [];
  readonly #listeners = new Set<() => void>();
  readonly source = {
    list: (): AnnouncedService[] => this.services,
    follow: (listener: () => void): (() => void) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
  };

  readonly announcer = this.announcerWith(undefined);

  /** Another one, as after a restart. @param file keeps names */
  announcerWith(file: string | undefined): LinkAnnouncer {
    const log = createLogger((line) => this.lines.push(line));
    return new LinkAnnouncer('eth0', {
      links: { engine: () => this.engine.engine, release: () => undefined },
      node: 'node-1',
      names: new ChosenNames(file, log),
      clock: this.world.clock,
      log,
      metrics: this.metrics,
    });
  }

  put(...services: readonly AnnouncedService[]): void {
    this.services = [...services];
    this.tell();
    this.pass(3000);
  }

  /** Has the announcer look at the Services. */
  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  pass(milliseconds: number): void {
    this.world.clock.advance(milliseconds);
  }

  /** Whether it was about to claim something since a time, but for the name that siblings know it by. */
  hasProbed(from = 0): boolean {
    return this.world
      .packets(from, '192.168.1.1')
      .some(({ message }) => message.authority.some(({ type }) => type === RecordType.SRV));
  }

  /** What it said of the instance since a time, goodbyes included. */
  said(from = 0): string[] {
    return this.world
      .packets(from, '192.168.1.1')
      .filter(({ message }) => message.isResponse)
      .flatMap(({ message }) => message.answers.map(recordText))
      .filter((text) => text.startsWith('The\\ shop') && text.includes(' SRV '));
  }
}
