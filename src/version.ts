import { readFileSync } from 'node:fs';

/** Version of this package. */
export const version: string = readVersion();

/** The two lines of `-version`, which also greet at the start. */
export function versionLines(): readonly [string, string] {
  const platform = `${process.platform}/${process.arch}`;
  return [`Signpost-${version}`, `${platform}, node${process.versions.node}`];
}

function readVersion(): string {
  // The sources are one folder deep in a checkout, and two in the built package.
  const path = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  const description = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string };
  return description.version;
}
