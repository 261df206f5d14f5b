import { fileURLToPath } from 'node:url';
import { plugins } from '../../src/plugin/registry.ts';

const parity = fileURLToPath(new URL('../parity/', import.meta.url));

/** A Corefile with as many plugins as answer without asking anybody else. */
export function fuzzCorefile(port: number, metricsPort: number): string {
  const lines = [
    'bind 127.0.0.1',
    'errors',
    `prometheus 127.0.0.1:${metricsPort}`,
    // Small, so that it is full long before memory is measured.
    'cache 30 {\n        success 1000\n        denial 1000\n    }',
    `hosts ${parity}files/hosts.txt example.hosts {\n        fallthrough\n    }`,
    `kubernetes cluster.local in-addr.arpa ip6.arpa {
        manifests ${parity}world.yaml
        pods verified
        fallthrough in-addr.arpa
    }`,
    'whoami',
  ];
  const known = lines.filter((line) => plugins.has(line.split(' ')[0]!));
  return `.:${port} {\n    ${known.join('\n    ')}\n}\n`;
}
