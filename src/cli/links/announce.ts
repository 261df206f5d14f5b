import { hostname } from 'node:os';
import { HostPublisher } from '../../mdns/publishing/host-publisher.ts';
import { ServicePublisher } from '../../mdns/publishing/service-publisher.ts';
import type { AnnounceWords } from './command-line.ts';
import { openLinks } from './open-links.ts';

/** `signpost announce`: offers a service of this machine on the links until it is ended, then says goodbye. */
export async function announce({
  name,
  type,
  subtypes,
  port,
  text,
  interfaces,
}: AnnounceWords): Promise<void> {
  await openLinks(interfaces, (engine) => {
    const link = engine.link.name;
    const label = hostname().split('.', 1)[0] ?? '';
    const host = new HostPublisher(engine, label, (renamed) => {
      print(`${link}: another host has the name ${label}.local: this one is ${renamed.slice(0, -1)}`);
      service.update({ ...description, host: renamed });
    });
    const description = { type, subtypes, port, txt: text, host: host.name };
    const service = new ServicePublisher(
      engine,
      { ...description, instance: name },
      {
        established: (instance) => print(`${link}: '${instance}' of ${type} is announced on port ${port}`),
        renamed: (instance) => print(`${link}: the name is taken: trying '${instance}'`),
      },
    );
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
