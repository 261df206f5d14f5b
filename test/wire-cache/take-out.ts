import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Preloaded, in the main thread and so in its workers: one file is another one than it says (see mutations.ts).
const { url, text, replacement } = JSON.parse(process.env.SIGNPOST_MUTATION!) as Record<string, string>;

registerHooks({
  load(specifier, context, nextLoad) {
    if (specifier !== url) return nextLoad(specifier, context);
    const source = readFileSync(new URL(specifier), 'utf8').replace(text!, () => replacement!);
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});
