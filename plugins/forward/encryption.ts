import { resolve } from 'node:path';
import type { SecureContext } from 'node:tls';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { RootDirectory } from '../../src/plugin/capability.ts';
import type { Controller } from '../../src/plugin/controller.ts';
import type { Encryption } from '../../src/upstream/encryption.ts';
import { NO_TLS_FILES, openSecureContext } from '../../src/upstream/tls-files.ts';
import type { EncryptedTarget, LineOptions } from './options.ts';

/** Makes the encryption of a line's upstreams. The files of `tls` are read once, and only if there is use for them. */
export class LineEncryption {
  readonly #options: LineOptions;
  readonly #controller: Controller;
  #context: SecureContext | undefined;

  constructor(options: LineOptions, controller: Controller) {
    this.#options = options;
    this.#controller = controller;
  }

  /**
   * The encryption for one upstream; undefined when there is none.
   * @throws CorefileError when a file of `tls` cannot be used
   */
  of(target: EncryptedTarget | undefined): Encryption | undefined {
    if (target === undefined) return undefined;
    const { serverName, pins, method } = this.#options.encryption;
    this.#context ??= this.#open();
    return {
      scheme: target.scheme,
      context: this.#context,
      serverName: target.serverName ?? serverName,
      pins,
      method,
    };
  }

  #open(): SecureContext {
    const { tls } = this.#options.encryption;
    const { certificate, key, authorities } = tls?.files ?? NO_TLS_FILES;
    const root = this.#controller.ask(RootDirectory) ?? '';
    const path = (file: string | undefined): string | undefined =>
      file === undefined ? undefined : resolve(root, file);
    try {
      return openSecureContext({
        certificate: path(certificate),
        key: path(key),
        authorities: path(authorities),
      });
    } catch (error) {
      throw new CorefileError(
        tls?.position ?? this.#options.position,
        `tls: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
