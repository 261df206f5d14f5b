import type { EngineParts } from '../engine-parts.ts';
import type { LinkMessage } from '../message.ts';
import type { LinkSource } from '../multicast-link.ts';
import type { Publication, PublicationOwner, Published } from './publication.ts';

/** What we say on a link. */
export class Responder {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  publish(publication: Publication, owner: PublicationOwner): Published {
    void this.#parts;
    void publication;
    void owner;
    throw new Error('not there yet');
  }

  heardQuery(message: LinkMessage, source: LinkSource): void {
    void message;
    void source;
  }

  heardResponse(message: LinkMessage, source: LinkSource): void {
    void message;
    void source;
  }

  addressesChanged(): void {}

  close(): void {}
}
