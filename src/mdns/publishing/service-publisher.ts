import type { LinkEngine } from '../link-engine.ts';
import type { Conflict, Publication, Published } from '../responder/publication.ts';
import { nextInstance } from '../responder/service-label.ts';
import { serviceRecords } from '../responder/service-records.ts';
import type { ServiceDescription } from '../responder/service-records.ts';

/** Who has a service announced. */
export interface ServiceOwner {
  /** It is announced under that name. */
  established(instance: string): void;
  /** Another has the name: this one is tried instead. */
  renamed(instance: string, conflict: Conflict): void;
}

/** A service on a link, under its own name or the next that is free. */
export class ServicePublisher {
  readonly #published: Published;
  readonly #owner: ServiceOwner;
  #service: ServiceDescription;

  /** @throws FormatError when its name or type is none */
  constructor(engine: LinkEngine, service: ServiceDescription, owner: ServiceOwner) {
    this.#service = service;
    this.#owner = owner;
    this.#published = engine.responder.publish(publicationOf(service), {
      established: () => owner.established(this.#service.instance),
      conflict: (conflict) => this.#rename(conflict),
    });
  }

  /** The name that it has now, which may not be the one that was wanted. */
  get instance(): string {
    return this.#service.instance;
  }

  /** Says something else of it: host, port, texts. The name stays as it is. */
  update(service: Omit<ServiceDescription, 'instance'>): void {
    this.#service = { ...service, instance: this.#service.instance };
    this.#published.update(publicationOf(this.#service));
  }

  /** Says goodbye. */
  close(): void {
    this.#published.close();
  }

  #rename(conflict: Conflict): Publication {
    const instance = nextInstance(this.#service.instance);
    this.#service = { ...this.#service, instance };
    this.#owner.renamed(instance, conflict);
    return publicationOf(this.#service);
  }
}

function publicationOf(service: ServiceDescription): Publication {
  return { ...serviceRecords(service), isProxied: false };
}
