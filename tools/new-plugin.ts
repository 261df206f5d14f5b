/**
 * `npm run new-plugin NAME`: begins plugins/NAME with a README, a definition, a setup, a handler and tests that pass.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { pluginOrder } from '../src/plugin/order.ts';
import { pluginFiles } from './plugin-template.ts';

const root = join(import.meta.dirname, '..');
const names = process.argv.slice(2);
const name = names[0] ?? '';

if (names.length !== 1 || !/^[a-z][a-z0-9_]*$/.test(name)) {
  fail(
    'usage: npm run new-plugin NAME; a name is the directive: lower-case letters, digits and _, a letter first',
  );
}
const folder = join(root, 'plugins', name);
if (existsSync(folder)) fail(`plugins/${name} is there already`);

mkdirSync(folder);
for (const [file, text] of Object.entries(pluginFiles(name))) {
  const path = join(folder, file);
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
  console.log(`plugins/${name}/${file}`);
}

const registry = readFileSync(join(root, 'src/plugin/registry.ts'), 'utf8');
if (!registry.includes(`plugins/${name}/`)) {
  console.log(`\nTo have it in the server, in src/plugin/registry.ts import it and add it to the list:`);
  console.log(`  import { ${variable(name)} } from '../../plugins/${name}/index.ts';`);
}
if (!pluginOrder.includes(name)) {
  console.log(
    `\nCoreDNS has no '${name}', so say where it stands in the chain: a line in src/plugin/order.ts`,
  );
  console.log(`  '${name}',`);
}
console.log(`\nThen write the README first, and run: node --test plugins/${name}/`);

function variable(directive: string): string {
  return directive.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function fail(message: string): never {
  console.error(`new-plugin: ${message}`);
  process.exit(1);
}
