import type { AnnouncementInput } from './cluster-writer.ts';
import { mapsAt, portAt } from './manifests/read-value.ts';
import type { ValueMap } from './manifests/read-value.ts';

/** Annotations of a Service that is announced on links; without the first it is not. */
export const ANNOUNCEMENT_ANNOTATIONS = [
  'signpost.dev/mdns',
  'signpost.dev/mdns-name',
  'signpost.dev/mdns-txt',
] as const;

/** @param annotations in the order of `ANNOUNCEMENT_ANNOTATIONS`; '' for those that there are not */
export function announcementInput(
  annotations: readonly string[],
  nodePorts: readonly number[],
  externalTrafficPolicy: string,
): AnnouncementInput {
  const [type = '', instance = '', txt = ''] = annotations;
  return { type, instance, txt, nodePorts, isLocal: externalTrafficPolicy === 'Local' };
}

/** The node port of each port of a parsed ServiceSpec, 0 where there is none. @throws {ObjectError} */
export function nodePortsOf(spec: ValueMap): number[] {
  return mapsAt(spec, 'ports').map((port) => Math.max(0, portAt(port, 'nodePort')));
}
