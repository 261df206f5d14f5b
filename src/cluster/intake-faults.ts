/** Why something of an object was left out. */
export type IntakeFaultReason =
  | 'invalid name'
  | 'invalid service label'
  | 'invalid cluster label'
  | 'invalid address'
  | 'invalid hostname'
  | 'invalid port name'
  | 'invalid mdns type'
  | 'invalid mdns name'
  | 'invalid mdns text';

/** A part of an object, or all of it, that the store left out because DNS cannot serve it. */
export interface IntakeFault {
  readonly kind: 'Namespace' | 'Service' | 'EndpointSlice' | 'Pod';
  /** `namespace/name` of the object, as the source gave it, cut to 80 characters. */
  readonly object: string;
  readonly reason: IntakeFaultReason;
  /** What was found, cut to 80 characters. */
  readonly value: string;
}

const LONGEST_SHOWN = 80;

/**
 * What was left out, counted by reason, and told to whoever listens (a source, to log it). Bad objects cost a line
 * and a counter, never the process.
 */
export class IntakeFaults {
  readonly counts = new Map<IntakeFaultReason, number>();
  readonly #listener: ((fault: IntakeFault) => void) | undefined;

  constructor(listener?: (fault: IntakeFault) => void) {
    this.#listener = listener;
  }

  /** @param object as the source gave it; `namespace` is '' for a Namespace */
  report(
    kind: IntakeFault['kind'],
    object: { readonly namespace: string; readonly name: string },
    reason: IntakeFaultReason,
    value: string,
  ): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    if (this.#listener === undefined) return;
    const name = object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
    this.#listener({ kind, object: shown(name), reason, value: shown(value) });
  }
}

function shown(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
