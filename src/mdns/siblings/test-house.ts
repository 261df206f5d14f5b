import { LinkWorld, record } from '../../../test/kit/link-world.ts';
import type { TestEngine } from '../../../test/kit/link-world.ts';
import { typeFromName } from '../../wire/codes.ts';
import { gatewayMark } from '../gateway-mark.ts';
import { ElectedService } from './elected-service.ts';
import { Siblings } from './siblings.ts';

/** What is announced. */
export const INSTANCE = 'web._http._tcp.local.';
const PEER = '192.168.1.99';

/** Several instances of Signpost on one link, and somebody who hears what is said there. */
export class House {
  readonly world = new LinkWorld();
  readonly gateways: Gateway[] = [];

  gateway(address = `192.168.1.${this.gateways.length + 1}`): Gateway {
    const id = Uint8Array.of(this.gateways.length + 1, 0, 0, 0, 0, 0, 0, 7);
    const gateway = new Gateway(this.world.engineWithMark(gatewayMark(id), address), this.world, address);
    this.gateways.push(gateway);
    return gateway;
  }

  pass(milliseconds: number): void {
    this.world.clock.advance(milliseconds);
  }

  /** Addresses of those who answer for a name and type now. */
  holders(name = INSTANCE, type = 'SRV'): string[] {
    const from = this.world.clock.monotonic();
    this.#peer.ask(`${name} ${type}`);
    this.pass(1500);
    const said = this.world
      .packets(from)
      .filter(
        ({ message, source }) =>
          message.isResponse &&
          source.address !== PEER &&
          message.answers.some((answer) => answer.name === name && answer.type === typeFromName(type)),
      );
    return [...new Set(said.map(({ source }) => source.address))];
  }

  readonly #peer = this.world.peer(PEER);

  /** Somebody who is no Signpost says something. */
  stranger(...texts: readonly string[]): void {
    this.#peer.say(texts.map(record));
  }

  /** Somebody who is no Signpost has a name, and defends it. */
  owner(address: string, ...texts: readonly string[]): void {
    const { engine } = this.world.engine(address);
    engine.responder.publish(
      { unique: texts.map(record), shared: [], isProxied: false },
      { established: () => undefined, conflict: () => undefined },
    );
  }
}

/** One of them. */
export class Gateway {
  readonly log: string[] = [];
  readonly test: TestEngine;
  readonly siblings: Siblings;
  readonly #address: string;

  constructor(engine: TestEngine, world: LinkWorld, address: string) {
    this.test = engine;
    this.#address = address;
    this.siblings = new Siblings(engine.engine, world.clock);
  }

  /** @param addresses of the Service; by default the gateway's own, as those of a node port are */
  announce(addresses: readonly string[] = [this.#address], host = 'web-shop'): ElectedService {
    const content = { type: '_http._tcp', port: 80, txt: [], addresses };
    return new ElectedService(this.test.engine, this.siblings, { instance: 'web', host }, content, {
      announced: (instance) => this.log.push(`announced ${instance}`),
      renamed: (instance) => this.log.push(`renamed ${instance}`),
      standsBy: (sibling) => this.log.push(`stands by ${sibling.slice(0, 2)}`),
    });
  }
}
