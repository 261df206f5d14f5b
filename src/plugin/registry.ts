import { acl } from '../../plugins/acl/index.ts';
import { bind } from '../../plugins/bind/index.ts';
import { bufsize } from '../../plugins/bufsize/index.ts';
import { cache } from '../../plugins/cache/index.ts';
import { debug } from '../../plugins/debug/index.ts';
import { errors } from '../../plugins/errors/index.ts';
import { file } from '../../plugins/file/index.ts';
import { forward } from '../../plugins/forward/index.ts';
import { health } from '../../plugins/health/index.ts';
import { hosts } from '../../plugins/hosts/index.ts';
import { kubernetes } from '../../plugins/kubernetes/index.ts';
import { loadbalance } from '../../plugins/loadbalance/index.ts';
import { log } from '../../plugins/log/index.ts';
import { loop } from '../../plugins/loop/index.ts';
import { mdns } from '../../plugins/mdns/index.ts';
import { multisocket } from '../../plugins/multisocket/index.ts';
import { prometheus } from '../../plugins/prometheus/index.ts';
import { ready } from '../../plugins/ready/index.ts';
import { reload } from '../../plugins/reload/index.ts';
import { rewrite } from '../../plugins/rewrite/index.ts';
import { root } from '../../plugins/root/index.ts';
import { template } from '../../plugins/template/index.ts';
import { whoami } from '../../plugins/whoami/index.ts';
import type { AnyPlugin } from './plugin.ts';

const all: readonly AnyPlugin[] = [
  acl,
  bind,
  bufsize,
  cache,
  debug,
  errors,
  file,
  forward,
  health,
  hosts,
  kubernetes,
  loadbalance,
  log,
  loop,
  mdns,
  multisocket,
  prometheus,
  ready,
  reload,
  rewrite,
  root,
  template,
  whoami,
];

/** Every plugin of this version by name. The only file of `src` that knows plugins. */
export const plugins: ReadonlyMap<string, AnyPlugin> = new Map(all.map((plugin) => [plugin.name, plugin]));
