import type { Dirent, Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { formatIssue, parseDefinitions, type DefinitionIssue, type ParsedDefinition } from '@opsloop/domain';
import { CliError, line, type CliHost } from './cli-host.js';

const ending = /\.(ya?ml|json)$/;
const maxFiles = 10_000;
const standardInput = '-';

/** Every definition in the files and folders, subfolders included, or in standard input (`-`); warnings go to stderr, errors end the command. */
export async function readDefinitionFiles(host: CliHost, paths: readonly string[], baseWindowMs: number): Promise<ParsedDefinition[]> {
  const files = new Set<string>();
  for (const path of paths) for (const file of path === standardInput ? [path] : await filesBelow(resolve(host.workingDir, path), path)) files.add(file);
  if (files.size === 0) throw new CliError(`there is no .yaml, .yml or .json file in ${paths.join(', ')}`);
  const definitions: ParsedDefinition[] = [];
  const errors: DefinitionIssue[] = [];
  for (const file of files) {
    const isInput = file === standardInput;
    const parsed = parseDefinitions(isInput ? await readInput(host) : await readFile(file, 'utf8'), { baseWindowMs, file: isInput ? 'standard input' : relative(host.workingDir, file) });
    definitions.push(...parsed.definitions);
    errors.push(...parsed.errors);
    warn(host, parsed.warnings);
  }
  refuse(errors);
  return definitions;
}

export function warn(host: CliHost, warnings: readonly DefinitionIssue[]): void {
  for (const warning of warnings) host.err(line(`warning: ${formatIssue(warning)}`));
}

export function refuse(errors: readonly DefinitionIssue[]): void {
  if (errors.length > 0) throw new CliError(`${errors.length === 1 ? 'one thing is' : `${errors.length} things are`} wrong\n${errors.map((error) => `  ${formatIssue(error)}`).join('\n')}`);
}

async function readInput(host: CliHost): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of host.input) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}

async function filesBelow(path: string, given: string): Promise<string[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${given} cannot be read (${error.code ?? error.message})`);
  });
  // Pipes and devices too: /dev/stdin, and what a shell makes of <(...).
  if (!found.isDirectory()) return [path];
  return (await walk(path, given)).toSorted();
}

/** Links are followed, as a mounted ConfigMap and its like need it; what several of them lead to is taken once, and a loop of them ends. */
async function walk(root: string, given: string): Promise<string[]> {
  const taken = new Set<string>();
  const files: string[] = [];
  const folders = [root];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    if (!(await isFirst(folder, taken))) continue;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const found = entry.isSymbolicLink() ? await behindLink(entry, path, join(given, relative(root, path))) : entry;
      if (found?.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) folders.push(path);
      else if (found?.isFile() && ending.test(entry.name) && (await isFirst(path, taken))) files.push(path);
    }
    if (files.length > maxFiles) throw new CliError(`${given} holds more than ${maxFiles} files: name a smaller folder`);
  }
  return files;
}

async function isFirst(path: string, taken: Set<string>): Promise<boolean> {
  const real = await realpath(path);
  const first = !taken.has(real);
  taken.add(real);
  return first;
}

/** Undefined where a link leads nowhere, unless it is named as a definition file is: editors keep hidden links of that kind. */
async function behindLink({ name }: Dirent, path: string, shown: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (ending.test(name) && !name.startsWith('.')) throw new CliError(`${shown} is a link that leads nowhere (${error.code ?? error.message})`);
    return undefined;
  });
}
