import { isIP } from 'node:net';
import {
  argumentError,
  duration,
  expectArguments,
  integer,
  oneOf,
  unknownProperty,
} from '../../src/corefile/arguments.ts';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Directive } from '../../src/corefile/corefile.ts';
import { didYouMean } from '../../src/corefile/nearest.ts';
import { normaliseZones } from '../../src/corefile/zone.ts';
import { Rcode, rcodeFromName, rcodeName } from '../../src/wire/codes.ts';
import { FormatError } from '../../src/wire/errors.ts';
import { canonicalName, nameToWire } from '../../src/wire/name.ts';
import { checkEncryption, DEFAULT_ENCRYPTION, encryptionProperties } from './encryption-options.ts';
import { policies } from './options.ts';
import type { HealthCheckOptions, LineOptions } from './options.ts';
import { parseAddress, parseTarget } from './target.ts';

/** Most TOs of one line; a file counts as one. */
const MAXIMUM_TARGETS = 15;
const UNSIGNED_32 = 2 ** 32 - 1;

/** Reads all `forward` lines of a server block, in order. */
export function parse(directives: readonly Directive[]): readonly LineOptions[] {
  return directives.map(parseLine);
}

function parseLine(directive: Directive): LineOptions {
  const [from, ...targets] = directive.arguments;
  if (from === undefined || targets.length === 0) argumentError(directive, 'forward FROM TO...');
  const zones = normaliseZones([from]);
  const zone = zones[0];
  if (zone === undefined)
    throw new CorefileError(directive, `unable to normalize '${from}'; expected a zone such as example.org`);
  const { file, line } = directive;
  const draft: Draft = {
    position: { file, line },
    from: zone,
    warnings:
      zones.length > 1
        ? [`unsupported CIDR notation: '${from}' expands to multiple zones, using only '${zone}'`]
        : [],
    targets: targets.map((target) => parseTarget(target, directive)),
    except: [],
    forceTcp: false,
    preferUdp: false,
    expire: 10_000,
    maximumAge: 0,
    maximumIdle: 0,
    readTimeout: 2000,
    maximumFails: 2,
    maximumAttempts: undefined,
    policy: 'random',
    healthCheck: { interval: 500, recursionDesired: true, domain: '.' },
    maximumConcurrent: 0,
    next: [],
    nextOnNoData: false,
    failFast: false,
    failover: [],
    sourceAddress: undefined,
    resolvers: [],
    encryption: DEFAULT_ENCRYPTION,
  };
  for (const property of directive.block ?? []) {
    if (Object.hasOwn(encryptionProperties, property.name)) {
      draft.encryption = encryptionProperties[property.name]!(property, draft.encryption);
      continue;
    }
    if (!Object.hasOwn(properties, property.name)) {
      unknownProperty(property, [...Object.keys(properties), ...Object.keys(encryptionProperties)]);
    }
    properties[property.name]!(property, draft);
  }
  if (targets.length > MAXIMUM_TARGETS) {
    throw new CorefileError(directive, `more than ${MAXIMUM_TARGETS} TOs configured: ${targets.length}`);
  }
  checkEncryption(draft.encryption, draft.targets);
  if (draft.maximumAge > 0 && draft.maximumAge < draft.expire) {
    throw new CorefileError(
      directive,
      'max_age must not be shorter than expire; raise max_age or lower expire',
    );
  }
  return draft;
}

type Draft = { -readonly [Key in keyof LineOptions]: LineOptions[Key] };

const properties: Readonly<Record<string, (property: Directive, draft: Draft) => void>> = {
  except(property, draft) {
    const zones = normaliseZones(expectArguments(property, 1, Infinity, 'except ZONE...'));
    if (zones.length === 0)
      throw new CorefileError(property, 'except has no valid zone; expected one such as example.org');
    draft.except = [...draft.except, ...zones];
  },
  force_tcp(property, draft) {
    draft.forceTcp = isSet(property);
  },
  prefer_udp(property, draft) {
    draft.preferUdp = isSet(property);
  },
  expire(property, draft) {
    draft.expire = duration(property, only(property), { min: 0 });
  },
  max_age(property, draft) {
    draft.maximumAge = duration(property, only(property), { min: 0 });
  },
  max_idle_conns(property, draft) {
    draft.maximumIdle = integer(property, only(property), { min: 0 });
  },
  read_timeout(property, draft) {
    const text = only(property);
    draft.readTimeout = duration(property, text, { min: 0 });
    if (draft.readTimeout === 0)
      throw new CorefileError(property, `invalid read_timeout '${text}'; expected more than 0`);
  },
  max_fails(property, draft) {
    draft.maximumFails = integer(property, only(property), { min: 0, max: UNSIGNED_32 });
  },
  max_connect_attempts(property, draft) {
    draft.maximumAttempts = integer(property, only(property), { min: 0, max: UNSIGNED_32 });
  },
  policy(property, draft) {
    draft.policy = oneOf(property, only(property), policies);
  },
  health_check(property, draft) {
    draft.healthCheck = parseHealthCheck(property);
  },
  max_concurrent(property, draft) {
    draft.maximumConcurrent = integer(property, only(property), { min: 0 });
  },
  next(property, draft) {
    draft.next = [...draft.next, ...rcodes(property)];
  },
  next_on_nodata(property, draft) {
    draft.nextOnNoData = isSet(property);
  },
  failfast_all_unhealthy_upstreams(property, draft) {
    draft.failFast = isSet(property);
  },
  failover(property, draft) {
    const codes = rcodes(property);
    if (codes.includes(Rcode.NoError))
      throw new CorefileError(property, "'NOERROR' cannot be used in failover; it is no failure");
    draft.failover = [...draft.failover, ...codes];
  },
  source_address(property, draft) {
    const text = only(property);
    if (isIP(text) === 0)
      throw new CorefileError(property, `invalid source_address '${text}'; expected an IP address`);
    draft.sourceAddress = text;
  },
  resolver(property, draft) {
    const servers = expectArguments(property, 1, Infinity, 'resolver IP[:PORT]...').map((text) => {
      const server = parseAddress(text, property);
      if (server !== undefined) return { address: server.address, port: server.port };
      throw new CorefileError(property, `invalid resolver '${text}'; expected IP or IP:PORT`);
    });
    draft.resolvers = [...draft.resolvers, ...servers];
  },
};

function parseHealthCheck(property: Directive): HealthCheckOptions {
  const [interval, ...words] = expectArguments(
    property,
    1,
    Infinity,
    'health_check DURATION [no_rec] [domain FQDN]',
  );
  let recursionDesired = true;
  let domain = '.';
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === 'no_rec') recursionDesired = false;
    else if (word === 'domain') domain = probedDomain(property, words[++index]);
    else {
      const choices = ['no_rec', 'domain'];
      throw new CorefileError(
        property,
        `unknown health_check option '${word}'${didYouMean(word, choices)}; expected no_rec or domain FQDN`,
      );
    }
  }
  return { interval: duration(property, interval!, { min: 0 }), recursionDesired, domain };
}

function probedDomain(property: Directive, text: string | undefined): string {
  if (text === undefined)
    throw new CorefileError(property, 'health_check: expected a domain name after domain');
  try {
    nameToWire(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new CorefileError(property, `health_check: invalid domain name '${text}': ${error.message}`);
  }
  return canonicalName(text);
}

function rcodes(property: Directive): number[] {
  return expectArguments(property, 1, Infinity, `${property.name} RCODE...`).map((text) => {
    const rcode = rcodeFromName(text);
    if (rcode !== undefined) return rcode;
    const names = Object.values(Rcode).map(rcodeName);
    throw new CorefileError(
      property,
      `${property.name}: '${text}' is not a valid rcode${didYouMean(text, names)}; valid are ${names.join(', ')}`,
    );
  });
}

function only(property: Directive): string {
  return expectArguments(property, 1, 1)[0]!;
}

function isSet(property: Directive): true {
  expectArguments(property, 0, 0);
  return true;
}
