/**
 * `node tools/bundle.ts FOLDER`: puts the JavaScript of src/ and plugins/ into a few files, for `npm run build`. Node
 * takes a quarter of a second of processor time to find, read and link four hundred modules, and that much more until
 * a server is ready. The packages in package.json stay outside, but for what is used of those with many files.
 */
import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What is loaded by name: the program, the library, and what runs in worker threads. Whatever two of them need is in a
 * file of its own, so that it is there once: a plugin from outside meets the classes of the program.
 */
const entries = [
  'src/main.ts',
  'src/index.ts',
  'src/cluster/manifests/worker.ts',
  'src/data-plane/hot-wire-cache.ts',
  'src/transport/batched/worker.ts',
];

/**
 * Packages of a hundred files, each of which becomes one, `dist/src/NAME.cjs`: it loads in half the time. What they load
 * only when asked for things that nobody here asks for stays outside.
 */
const joined: Readonly<Record<string, { readonly used: string; readonly unused: readonly string[] }>> = {
  fastify: {
    used: 'fastify',
    unused: ['pino', 'light-my-request', '@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'],
  },
  'prom-client': { used: 'Registry, collectDefaultMetrics', unused: [] },
};

/** What is bundled lies in `dist/src`, as they do. */
const joinedPackages: Plugin = {
  name: 'joined-packages',
  setup(bundler) {
    bundler.onResolve({ filter: /^[a-z-]+$/ }, ({ path }) =>
      Object.hasOwn(joined, path) ? { path: `./${path}.cjs`, external: true } : undefined,
    );
  },
};

/** Modules look for others from where they are: from there, although they are in a file in `dist/src` now. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const place = relative(`${root}src`, path).split(sep).join('/').replace(/ts$/, 'js');
      const url = `new URL('./${place}', import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};

/** @param folder `dist` */
async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: folder,
    outbase: '.',
    chunkNames: 'src/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    packages: 'external',
    // Comments and indentation only: names and lines stay, for whoever reads a stack.
    minifyWhitespace: true,
    lineLimit: 120,
    plugins: [ownPlaces, joinedPackages],
    logLevel: 'warning',
  });
  for (const [name, { used, unused }] of Object.entries(joined)) {
    await build({
      absWorkingDir: root,
      stdin: { contents: `export { ${used} } from '${name}';`, resolveDir: root },
      outfile: `${folder}/src/${name}.cjs`,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node22.19',
      external: [...unused],
      minifyWhitespace: true,
      lineLimit: 120,
      logLevel: 'warning',
    });
  }
}

await bundle(process.argv[2] ?? 'dist');
