import { typeName } from '../../src/wire/codes.ts';
import { recordDataText } from '../../src/wire/presentation.ts';
import type { ResourceRecord } from '../../src/wire/record.ts';

/** A record as tables of tests have it, without its class: `web.example.org. 5 A 192.0.2.1`. */
export function recordText({ name, ttl, type, data }: ResourceRecord): string {
  return `${name} ${ttl} ${typeName(type)} ${recordDataText(type, data)}`;
}
