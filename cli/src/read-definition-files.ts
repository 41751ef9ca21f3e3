import { readdir, readFile, stat } from 'node:fs/promises';
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
  const names = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && ending.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
  const wanted = names.filter((name) => !/(^|[/\\])(node_modules|\.[^/\\]+)([/\\])/.test(relative(path, name)));
  if (wanted.length > maxFiles) throw new CliError(`${given} holds ${wanted.length} files, ${maxFiles} are allowed: name a smaller folder`);
  return wanted.toSorted();
}
