import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Set inside of the namespaces. */
const INSIDE = 'SIGNPOST_POD_NAMESPACE';

/** Where the pod's resolv.conf says that the cluster's DNS is, and its address for IPv6. */
export const DNS_ADDRESS = '10.96.0.10';
/** The namespace that the pod is in. */
export const POD_NAMESPACE = 'ns';

/** Files of a pod, as the kubelet and container images have them. */
const files: readonly (readonly [path: string, text: string])[] = [
  [
    '/etc/resolv.conf',
    `search ${POD_NAMESPACE}.svc.cluster.local svc.cluster.local cluster.local\n` +
      `nameserver ${DNS_ADDRESS}\noptions ndots:5\n`,
  ],
  ['/etc/hosts', '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n10.244.0.5\tclient\n'],
  ['/etc/nsswitch.conf', 'hosts: files dns\n'],
];

/** Whether this process is in the namespaces of `runInPod`. */
export function isInPod(): boolean {
  return process.env[INSIDE] !== undefined;
}

/**
 * Runs a script in network, mount and process namespaces of its own: they end with it, whatever happens, and the
 * machine has nothing to be cleaned of. Returns its exit code.
 */
export function runInPod(script: string): number {
  const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { status, error } = spawnSync('unshare', [...flags, process.execPath, script], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: 'yes' },
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

/** Gives the namespaces a pod's files and network: an interface with both families, and the address of the DNS. */
export function furnishPod(): void {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-pod-'));
  for (const [path, text] of files) {
    const file = join(folder, path.slice(1).replace('/', '-'));
    writeFileSync(file, text, { mode: 0o644 });
    writeFileSync(path, '', { flag: 'a' });
    execFileSync('mount', ['--bind', file, path]);
  }
  // A mounted file lives on without its name.
  rmSync(folder, { recursive: true });
  for (const command of [
    'link set lo up',
    'link add eth0 type veth peer name node0',
    'link set eth0 up',
    'link set node0 up',
    'addr add 10.244.0.5/24 dev eth0',
    '-6 addr add fd00:10:244::5/64 dev eth0 nodad',
    `addr add ${DNS_ADDRESS}/32 dev lo`,
  ]) {
    execFileSync('ip', command.split(' '));
  }
}
