import type { Folder } from './folder.ts';

/**
 * A cache for some names only, so that others come straight from the cluster: at a reload it changes whose, and how.
 */
const CACHES = [
  'cache 30 example in-addr.arpa {\n servfail 0\n }',
  'cache 30 cluster.local test',
  'cache 30 {\n serve_stale 1h immediate\n }',
  'cache 30 {\n serve_stale 1h verify\n prefetch 1 1m 20%\n }',
  'cache 30 net clusterset.local {\n keepttl\n servfail 0\n }',
] as const;

/** How many Corefiles there are. */
export const COREFILES = CACHES.length;

/**
 * One of the Corefiles. The same one twice keeps its caches at a reload.
 * @param isCached without, all is asked for anew each time
 */
export function corefileFor(which: number, { hosts, zone }: Folder, isCached: boolean): string {
  const number = 20 + which;
  const cache = isCached ? CACHES[which]! : '';
  // Of names as they are after the rules.
  const behind = isCached && which % 2 === 1 ? 'cache 30 cluster.local' : '';
  return `.:0 {
  bind 127.0.0.1
  errors
  prometheus 127.0.0.1:0
  kubernetes cluster.local in-addr.arpa clusterset.local {
    multicluster clusterset.local
    pods insecure
    ttl ${number}
    manifests none
    fallthrough in-addr.arpa
  }
  ${cache}
  hosts ${hosts} example in-addr.arpa {
    192.0.2.${number} seven.example
    192.0.2.8 seven.example
    reload 1s
    fallthrough
  }
  forward . 192.0.2.53
  loadbalance
}
verified.test:0 7.10.in-addr.arpa:0 {
  bind 127.0.0.1
  kubernetes verified.test 7.10.in-addr.arpa {
    namespaces shop ghost
    pods verified
    manifests none
  }
  ${cache}
}
set.test:0 {
  bind 127.0.0.1
  kubernetes set.test {
    multicluster set.test
    manifests none
  }
  loadbalance
}
rewritten.test:0 {
  bind 127.0.0.1
  rewrite continue name suffix .rewritten.test .svc.cluster.local answer auto
  rewrite continue rcode regex ^none NXDOMAIN REFUSED
  rewrite ttl regex ^web ${number}
  kubernetes cluster.local {
    manifests none
  }
  ${behind}
  loadbalance
}
zone.test:0 {
  bind 127.0.0.1
  file ${zone} zone.test {
    reload 1s
  }
  loadbalance
}
tmpl.test:0 {
  bind 127.0.0.1
  template IN A {
    match ^one
    answer "{{ .Name }} ${number} IN A 192.0.2.${number}"
    fallthrough
  }
  template IN A {
    answer "{{ .Name }} 60 IN CNAME three.example.net."
  }
}
off.test:0 {
  bind 127.0.0.1
  whoami
}
`;
}
