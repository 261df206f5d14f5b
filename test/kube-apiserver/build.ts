import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/kube-apiserver/', import.meta.url));
const VERSION = 'v1.34.3';
/** The oldest Go that Kubernetes 1.34 builds with. */
const [GO_MAJOR, GO_MINOR] = [1, 24];

/**
 * Builds the API server unless that was done from the same sources before, and returns the path of the program.
 * Throws where Go is missing or too old; says on standard error that it builds, for it takes minutes the first time.
 */
export function buildApiServer(): string {
  const checksum = createHash('sha256');
  for (const name of ['build.ts', 'main.go', 'go.mod', 'go.sum']) {
    checksum.update(readFileSync(join(sources, name)));
  }
  const program = join(cache, checksum.digest('hex').slice(0, 16), 'kube-apiserver');
  if (existsSync(program)) return program;
  requireGo();
  process.stderr.write('building kube-apiserver; the first time this takes minutes\n');
  mkdirSync(dirname(program), { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const words = ['build', '-trimpath', `-ldflags=${linkerFlags()}`, '-o', unfinished, '.'];
  const settings = { GOFLAGS: '-mod=readonly -buildvcs=false', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  const build = (): boolean =>
    spawnSync('go', words, {
      cwd: sources,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...settings },
    }).status === 0;
  // Hundreds of modules are fetched the first time, and one may fail; those that are there are not fetched again.
  let isBuilt = build();
  for (let again = 0; again < 2 && !isBuilt; again++) isBuilt = build();
  if (!isBuilt) throw new Error('kube-apiserver could not be built: see what go build says above');
  renameSync(unfinished, program);
  return program;
}

/** Without these the server calls itself v0.0.0. */
function linkerFlags(): string {
  const [major, minor] = VERSION.slice(1).split('.');
  const facts = { gitVersion: VERSION, gitMajor: major, gitMinor: minor };
  const settings = Object.entries(facts).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  return ['-s', '-w', ...settings].join(' ');
}

function requireGo(): void {
  const wanted = `Go ${GO_MAJOR}.${GO_MINOR} or newer`;
  const advice = `install ${wanted}: https://go.dev/doc/install, or apt-get install golang-go where that is new enough`;
  let version: string;
  try {
    version = execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', cwd: '/' }).trim();
  } catch {
    throw new Error(
      `the tests on a real kube-apiserver need Go, and there is no \`go\` in the path; ${advice}`,
    );
  }
  const [major, minor] = version.replace(/^go/, '').split('.').map(Number) as [number, number];
  if (major > GO_MAJOR || (major === GO_MAJOR && minor >= GO_MINOR)) return;
  throw new Error(`kube-apiserver ${VERSION} needs ${wanted}, and this is ${version}; ${advice}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${buildApiServer()}\n`);
