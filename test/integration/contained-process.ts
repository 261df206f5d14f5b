import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { until } from '../kit/until.ts';

/** What a container runtime would be told. */
export interface ContainerSettings {
  /** The image's file system. */
  readonly root: string;
  /** Entry point and arguments, as paths of the image. */
  readonly command: readonly string[];
  /** Files and folders of this machine by their place in the image, read-only there. */
  readonly mounts: ReadonlyMap<string, string>;
  /** Whether NET_BIND_SERVICE is added again after all were dropped. */
  readonly netBindService: boolean;
  /** File to write the process id to before anything else: `cgroup.procs` of a limited group. */
  readonly group: string | undefined;
}

/** CAP_NET_BIND_SERVICE of linux/capability.h. */
const NET_BIND_SERVICE = 10;

/**
 * A process as a runtime starts it for `allowPrivilegeEscalation: false`, `drop: [ALL]` and
 * `readOnlyRootFilesystem: true`: user and group 65532, no new privileges, NET_BIND_SERVICE or nothing in the bounding
 * and the permitted set, in network and mount namespaces of its own. Needs root, util-linux, iproute2 and libcap2-bin.
 */
export class ContainedProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor({ root, command, mounts, netBindService, group }: ContainerSettings) {
    const [program, ...words] = command;
    const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'latin1'));
    const all = Array.from({ length: last + 1 }, (_, bit) => bit);
    const dropped = netBindService ? all.filter((bit) => bit !== NET_BIND_SERVICE) : all;
    const script = [
      'set -e',
      ...(group === undefined ? [] : [`echo $$ >'${group}'`]),
      'mount --make-rprivate /',
      `mount --bind '${root}' '${root}'`,
      ...[...mounts].map(([inside, outside]) => `mount --bind '${outside}' '${root}${inside}'`),
      `mount -t proc proc '${root}/proc'`,
      `mount --rbind /sys '${root}/sys'`,
      ...[...mounts.keys(), ''].map((inside) => `mount -o remount,bind,ro '${root}${inside}'`),
      'ip link set lo up',
      'exec capsh "$@"',
    ].join('\n');
    const settings = [
      '--quiet',
      `--chroot=${root}`,
      `--drop=${dropped.join(',')}`,
      '--keep=1',
      '--groups=65532',
      '--gid=65532',
      '--uid=65532',
      `--caps=${netBindService ? 'cap_net_bind_service=p' : '='}`,
      '--no-new-privs',
      `--shell=${program}`,
    ];
    this.#child = spawn(
      'unshare',
      ['--mount', '--net', 'sh', '-c', script, 'sh', ...settings, '--', ...words],
      {
        env: { PATH: process.env['PATH'] },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface(stream).on('line', (line) => this.lines.push(line));
    }
    this.#ended = once(this.#child, 'close');
  }

  /** Its process id on this machine: each program here became the next one. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves when it has written a line that matches; fails when it has ended without. */
  async says(pattern: RegExp): Promise<void> {
    await until(() => this.lines.some((line) => pattern.test(line)) || this.#child.exitCode !== null);
    if (!this.lines.some((line) => pattern.test(line)))
      throw new Error(`it never said ${String(pattern)}:\n${this.lines.join('\n')}`);
  }

  /** Runs a program of this machine in the process's network, and gives what it prints. */
  inItsNetwork(program: string, words: readonly string[]): string {
    return execFileSync('nsenter', ['--target', String(this.pid), '--net', program, ...words], {
      encoding: 'utf8',
      timeout: 120_000,
    });
  }

  /** Its exit code, once it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Asks it to end. */
  terminate(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.ended();
  }

  /** Ends it, whatever it does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
