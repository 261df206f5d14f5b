/**
 * The words in front of a command that run it as in a pod: the folder that follows them is mounted where pods have
 * their credentials, for the command alone.
 */
export const podLauncher: readonly string[] = [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
  '--mount',
  'sh',
  '-ec',
  [
    'folder=$1',
    'shift',
    'mount -t tmpfs none /run',
    'mkdir -p /run/secrets/kubernetes.io',
    // A link: kubelet replaces what is in the folder while the pod runs.
    'ln -s "$folder" /run/secrets/kubernetes.io/serviceaccount',
    'exec "$@"',
  ].join('\n'),
  'sh',
];
