import { isIP } from 'node:net';
import { expectArguments, oneOf } from '../../src/corefile/arguments.ts';
import { CorefileError } from '../../src/corefile/corefile.ts';
import type { Directive, Position } from '../../src/corefile/corefile.ts';
import { tlsFiles } from '../../src/upstream/tls-files.ts';
import type { TlsFiles } from '../../src/upstream/tls-files.ts';
import type { Target } from './options.ts';

/** How the `tls://` and `https://` upstreams of a line are asked. */
export interface EncryptionOptions {
  /** What `tls` names, and where it stands. */
  readonly tls: { readonly files: TlsFiles; readonly position: Position } | undefined;
  /** Name that the servers' certificates must be for. */
  readonly serverName: string | undefined;
  /** Where `tls_servername` stands. */
  readonly serverNamePosition: Position | undefined;
  /** SHA-256 of public keys in base64. */
  readonly pins: readonly string[];
  readonly method: 'GET' | 'POST';
}

/** What holds when a line says nothing of encryption. */
export const DEFAULT_ENCRYPTION: EncryptionOptions = {
  tls: undefined,
  serverName: undefined,
  serverNamePosition: undefined,
  pins: [],
  method: 'POST',
};

type Reader = (property: Directive, before: EncryptionOptions) => EncryptionOptions;

/** The properties that bear on encrypted upstreams; each gives the options with what it says. */
export const encryptionProperties: Readonly<Record<string, Reader>> = {
  tls(property, before) {
    const words = expectArguments(property, 0, 3, 'tls [CERT KEY] [CA]');
    const { file, line } = property;
    return { ...before, tls: { files: tlsFiles(words), position: { file, line } } };
  },
  tls_servername(property, before) {
    const serverName = checkServerName(expectArguments(property, 1, 1, 'tls_servername NAME')[0]!, property);
    const { file, line } = property;
    return { ...before, serverName, serverNamePosition: { file, line } };
  },
  tls_pin(property, before) {
    const pins = expectArguments(property, 1, Infinity, 'tls_pin SHA256...').map((text) =>
      parsePin(text, property),
    );
    return { ...before, pins: [...before.pins, ...pins] };
  },
  doh_method(property, before) {
    const [text] = expectArguments(property, 1, 1);
    return { ...before, method: oneOf(property, text!, ['GET', 'POST']) };
  },
};

/**
 * Checks what only the whole line shows: a server's name is either in its TO or in `tls_servername`.
 * @throws CorefileError at the line that says too much
 */
export function checkEncryption(options: EncryptionOptions, targets: readonly Target[]): void {
  if (options.serverNamePosition === undefined) return;
  for (const target of targets) {
    if (target.kind === 'file' || target.encrypted?.serverName === undefined) continue;
    throw new CorefileError(
      options.serverNamePosition,
      `tls_servername '${options.serverName}' conflicts with %${target.encrypted.serverName} in a TO; expected one of them`,
    );
  }
}

/**
 * The name of a server as certificates have it: letters, digits, hyphens and underscores between dots.
 * @throws CorefileError when it is none
 */
export function checkServerName(text: string, position: Position): string {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  const isName = name.length < 254 && name.split('.').every((label) => /^[\w-]{1,63}$/.test(label));
  if (isName && isIP(name) === 0) return name.toLowerCase();
  throw new CorefileError(
    position,
    `invalid server name '${text}'; expected a host name such as dns.example.org`,
  );
}

/** 32 bytes in base64; `sha256/` before them, as curl has it, is no harm. */
function parsePin(text: string, position: Position): string {
  const pin = text.startsWith('sha256/') ? text.slice(7) : text;
  const bytes = Buffer.from(pin, 'base64');
  if (bytes.length === 32 && bytes.toString('base64') === pin) return pin;
  throw new CorefileError(
    position,
    `invalid tls_pin '${text}'; expected the SHA-256 of a public key in base64 (44 characters)`,
  );
}
