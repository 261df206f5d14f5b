import { of } from './mutation.ts';

const STORE = 'src/cluster/cluster-store.ts';
const NAMESPACES = 'src/cluster/namespace-table.ts';

/** What the store of the cluster says of its changes. */
export const cluster = [
  ...of(
    'src/cluster/cell-changes.ts',
    ['all bumps of a change', 'this.cells.bump(', 'void ('],
    ['all that a change gives back', 'for (const cell of this.#released) this.cells.release(cell);'],
  ),
  ...of(
    NAMESPACES,
    [
      'a namespace that becomes known',
      'this.#namespaces.set(own, namespace);\n    this.#changes.touch(this.cell);',
      'this.#namespaces.set(own, namespace);',
    ],
    [
      'a namespace that comes or goes',
      'this.#existing += exists ? 1 : -1;\n    this.#changes.touch(this.cell);',
      'this.#existing += exists ? 1 : -1;',
    ],
    [
      'a namespace that comes or goes, for what is not in it',
      'this.#changes.touch(namespace.membershipCell);\n    // Whether',
      '// Whether',
    ],
    [
      'a namespace that comes or goes, for its Services',
      'for (const service of namespace.services) this.#changes.touch(service.cell);',
    ],
    [
      'a new Service',
      'namespace.services.add(service);\n    this.#changes.touch(namespace.membershipCell);',
      'namespace.services.add(service);',
    ],
  ),
  ...of('src/cluster/service-table.ts', [
    'a Service that goes',
    'this.#namespaces.removeService(service);\n    this.#changes.release(service.cell);',
    'this.#namespaces.removeService(service);',
  ]),
  ...of(
    STORE,
    ['a Service that changes', 'else if (change.any) this.#changes.touch(service.cell);'],
    [
      'the addresses of a Service that changes',
      'for (const address of change.addresses) this.#changes.touch(this.#addressCells.of(address));',
    ],
    [
      'the addresses of a Service that goes',
      'for (const address of service.clusterAddresses) this.#changes.touch(this.#addressCells.of(address));',
    ],
    [
      'the Service that an EndpointSlice leaves',
      'const after = moved ? 0 : difference.after;\n    this.#touchService(slice.service);',
      'const after = moved ? 0 : difference.after;',
    ],
    [
      'the addresses that an EndpointSlice had',
      'this.#touchRows(slice, before, after);\n    if (difference.same)',
      'if (difference.same)',
    ],
    [
      'the Service of an EndpointSlice',
      'this.#slices.attach(slice, serviceKey);\n    this.#touchService(slice.service);',
      'this.#slices.attach(slice, serviceKey);',
    ],
    [
      'the addresses that an EndpointSlice has',
      'this.#touchRows(slice, before, after);\n    this.#commit',
      'this.#commit',
    ],
    [
      'the Service of an EndpointSlice that goes',
      'this.#touchService(slice.service);\n    this.#touchRows(slice, 0, 0);\n    this.#endpoints.remove',
      'this.#touchRows(slice, 0, 0);\n    this.#endpoints.remove',
    ],
    [
      'the addresses of an EndpointSlice that goes',
      'this.#touchRows(slice, 0, 0);\n    this.#endpoints.remove',
      'this.#endpoints.remove',
    ],
    ['the address that a pod had', "this.#touchAddressText(before ?? '');"],
    ['the address that a pod has', 'this.#touchAddressText(address);'],
    ['the address of a pod that goes', 'this.#touchAddressText(before);'],
    ['the state of the source', 'this.#changes.touch(this.stateCell);'],
    ['when something changed last', 'this.#changes.touch(this.lastChangeCell);'],
  ),
];
