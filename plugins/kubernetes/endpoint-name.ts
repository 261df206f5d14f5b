import type { ClusterReader, EndpointIndex } from '../../src/cluster/cluster-reader.ts';

const DASH = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;

/**
 * The label that an endpoint goes by below its Service: its hostname; else, with `podNames`, its pod's name; else its
 * address with dashes.
 */
export function endpointName(cluster: ClusterReader, endpoint: EndpointIndex, podNames: boolean): string {
  const name = givenName(cluster, endpoint, podNames);
  if (name !== '') return name;
  const address = cluster.endpointAddress(endpoint);
  if (address.length === 4) return `${address[0]}-${address[1]}-${address[2]}-${address[3]}`;
  // As the slice wrote it: there is more than one way to write an IPv6 address.
  return dashed(cluster.endpointAddressText(endpoint));
}

/** Whether `label`, in lower case, is the endpoint's name. Builds no string for endpoints named by their address. */
export function isEndpointName(
  cluster: ClusterReader,
  endpoint: EndpointIndex,
  podNames: boolean,
  label: string,
): boolean {
  const name = givenName(cluster, endpoint, podNames);
  if (name === '') return isDashed(cluster.endpointAddressText(endpoint), label);
  return name === label || (name.length === label.length && name.toLowerCase() === label);
}

function givenName(cluster: ClusterReader, endpoint: EndpointIndex, podNames: boolean): string {
  const hostname = cluster.endpointHostname(endpoint);
  return hostname === '' && podNames ? cluster.endpointTargetName(endpoint) : hostname;
}

/** `fd00::` → `fd00--0`: a label must not end in a dash. */
function dashed(address: string): string {
  const label = address.replaceAll(':', '-');
  return label.endsWith('-') ? `${label}0` : label;
}

function isDashed(address: string, label: string): boolean {
  const size = address.length;
  if (label.length !== size) {
    const padded = label.length === size + 1 && address.endsWith(':') && label.endsWith('-0');
    if (!padded) return false;
  }
  // From the right: addresses of one network differ there.
  for (let index = size - 1; index >= 0; index--) {
    const code = address.charCodeAt(index);
    const wanted = label.charCodeAt(index);
    if (code === DOT || code === COLON) {
      if (wanted !== DASH) return false;
      continue;
    }
    // Hexadecimal digits of an address may be written in upper case.
    if (code !== wanted && !(code > 64 && code < 71 && code + 32 === wanted)) return false;
  }
  return true;
}
