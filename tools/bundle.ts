/**
 * `node tools/bundle.ts FOLDER`: puts the JavaScript of src/ and plugins/ into a few files, for `npm run build`. Node
 * takes a quarter of a second of processor time to find, read and link four hundred modules, and that much more until
 * a server is ready. The packages in package.json stay outside.
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
    plugins: [ownPlaces],
    logLevel: 'warning',
  });
}

await bundle(process.argv[2] ?? 'dist');
