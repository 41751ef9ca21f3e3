import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBreakingChanges } from './breaking-changes.js';
import { generateAsyncApi } from './generate-asyncapi.js';
import { generateConfiguration } from './generate-configuration.js';
import { generateJsonSchemas } from './generate-json-schemas.js';
import { generateOpenApi } from './generate-openapi.js';
import { root } from './source-files.js';

const publishedFolder = 'schemas/published';

/** Path -> content of everything that is generated and committed. */
function generateAll(): Map<string, string> {
  return new Map([...generateJsonSchemas(), ['schemas/asyncapi.json', generateAsyncApi()], ['schemas/openapi.json', generateOpenApi()], ['docs/configuration.md', generateConfiguration()]]);
}

/** Writes what differs and says what it wrote. What is new is published at once; what is published stays as it is. */
export function writeGenerated(): string[] {
  const written = [];
  for (const [path, content] of generateAll()) {
    if (read(path) !== content) written.push(write(path, content));
    const published = publishedPath(path);
    if (published && read(published) === undefined) written.push(write(published, content));
  }
  return written;
}

/** Committed files that differ from what the sources generate, and published schemas that were broken. */
export function checkGenerated(): string[] {
  const offences = [];
  for (const [path, content] of generateAll()) {
    if (read(path) !== content) offences.push(`${path} differs from its source: run \`npm run generate\``);
    const published = publishedPath(path);
    const before = published && read(published);
    if (before) offences.push(...findBreakingChanges(JSON.parse(before), JSON.parse(content)).map((change) => `${path}: ${change}; a published schema only gains optional fields: make a new version`));
  }
  return [...offences, ...vanished()];
}

function vanished(): string[] {
  const folder = join(root, publishedFolder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => read(`schemas/${name}`) === undefined).map((name) => `schemas/${name} was published and is gone`);
}

function publishedPath(path: string): string | undefined {
  return path.startsWith('schemas/') && path.endsWith('.schema.json') ? path.replace('schemas/', `${publishedFolder}/`) : undefined;
}

function read(path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
}

function write(path: string, content: string): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  return path;
}
