import type { AnnouncementInput, PortInput } from '../cluster-writer.ts';

/** Kinds that are kept, by the letter that their keys and messages start with. */
export const kindLetters = {
  Namespace: 'N',
  Service: 'S',
  EndpointSlice: 'E',
  Endpoints: 'B',
  Pod: 'P',
  ServiceImport: 'I',
} as const;

export type KindName = keyof typeof kindLetters;
/** `M`: an EndpointSlice of a ServiceImport. */
export type KindLetter = (typeof kindLetters)[KindName] | 'M';

/**
 * An object as the worker keeps it: cut down to what DNS needs, and as text, for a hundred thousand endpoints are
 * many megabytes of objects but few of text.
 */
export interface ManifestObject {
  readonly letter: KindLetter;
  /** `letter namespace/name`; of a Namespace `N /name`. */
  readonly key: string;
  /** '' for a Namespace. */
  readonly namespace: string;
  /** Line of the file at which it starts, from 1. */
  readonly line: number;
  /** Whether `labels` (`namespace_labels` for a Namespace) selects it. */
  readonly selected: boolean;
  /** Key of the Service that a slice or Endpoints belongs to, '' when none. */
  readonly service: string;
  /**
   * Of an EndpointSlice and a ServiceImport: its message (see `Resolution`); of Endpoints: the JSON of a list
   * of EndpointSliceInputs; of a Service and a Pod: the JSON of a ServiceContent or PodContent.
   */
  readonly content: string;
}

/** `IPv4` or `IPv6`, as in spec.ipFamilies. */
export type AddressFamily = 'IPv4' | 'IPv6';

/** What is kept of a Service. */
export interface ServiceContent {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** spec.clusterIPs, or spec.clusterIP alone; empty when it has to be given one. */
  readonly clusterIPs: readonly string[];
  /** spec.clusterIPs is there, as from an API server: nothing is to be added. */
  readonly complete: boolean;
  readonly families: readonly AddressFamily[];
  /** spec.ipFamilyPolicy is PreferDualStack or RequireDualStack. */
  readonly dualStack: boolean;
  readonly externalName: string;
  readonly externalAddresses: readonly string[];
  readonly ports: readonly ServicePortContent[];
  /** Empty when there is none. */
  readonly selector: Readonly<Record<string, string>>;
  readonly publishNotReady: boolean;
  readonly announcement?: AnnouncementInput;
}

export interface ServicePortContent extends PortInput {
  /** Number, or name of a container's port. */
  readonly target: number | string;
}

/** What is kept of a Pod that is neither done nor going. */
export interface PodContent {
  readonly namespace: string;
  readonly name: string;
  /** status.podIP; '' when there is none. */
  readonly address: string;
  /** All of status.podIPs. */
  readonly addresses: readonly string[];
  readonly ready: boolean;
  /** status.phase is not Unknown. */
  readonly watched: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
  readonly hostname: string;
  readonly subdomain: string;
  /** Made by a StatefulSet. */
  readonly stateful: boolean;
  /** Named ports of containers and of sidecars. */
  readonly ports: readonly PortInput[];
}

/** What is wrong with an object; the document around it is good. */
export class ObjectError extends Error {
  readonly code = 'ERR_MANIFEST_OBJECT';
}
