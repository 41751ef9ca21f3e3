import { dirname, join, normalize } from 'node:path';
import { importsOf, type SourceFile } from './source-files.js';

const usualLines = 350;
const mostLines = 500;
const bannedNames = /(^|\/)(utils?|helpers?|common|misc|types|[a-z-]*manager)(\.tsx?)?(\/|$)/;

/** 95 % of files up to 350 lines, none above 500. */
export function checkFileLengths(files: readonly SourceFile[]): string[] {
  const lengths = files.map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 })).toSorted((a, b) => b.lines - a.lines);
  const tooLong = lengths.filter((file) => file.lines > mostLines).map((file) => `${file.path}: ${file.lines} lines; the most is ${mostLines}`);
  const long = lengths.filter((file) => file.lines > usualLines);
  if (long.length <= lengths.length * 0.05) return tooLong;
  return [...tooLong, `more than 5 % of the files are longer than ${usualLines} lines:`, ...long.map((file) => `  ${file.path}: ${file.lines} lines`)];
}

/** Names that say nothing. */
export function checkNames(files: readonly SourceFile[]): string[] {
  return files.filter((file) => bannedNames.test(file.path)).map((file) => `${file.path}: name it after the one thing it holds`);
}

/** Relative import cycles, each as the path that closes it. */
export function checkCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const edges = new Map(files.map((file) => [file.path, importsOf(file).flatMap(({ name }) => resolve(file.path, name, byPath))]));
  const done = new Set<string>();
  const cycles: string[] = [];

  function visit(path: string, trail: readonly string[]): void {
    if (trail.includes(path)) {
      cycles.push(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  }
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

function resolve(from: string, name: string, files: ReadonlyMap<string, SourceFile>): string[] {
  if (!name.startsWith('.')) return [];
  const base = normalize(join(dirname(from), name)).replace(/\.js$/, '');
  return [`${base}.ts`, `${base}.tsx`, `${base}/index.ts`].filter((path) => files.has(path));
}

/** Exports that no other file names. The schemas of contracts are its vocabulary: there, being used inside is enough. */
export function checkDeadExports(files: readonly SourceFile[]): string[] {
  const offences: string[] = [];
  const words = new Map<string, Set<string>>();
  for (const file of files) for (const word of new Set(file.text.match(/[A-Za-z_$][\w$]*/g))) {
    const users = words.get(word) ?? new Set();
    users.add(file.path);
    words.set(word, users);
  }
  for (const file of files) {
    if (file.isTest || /(vite|jest)\.config\./.test(file.path)) continue;
    for (const match of file.text.matchAll(/^export (?:async )?(?:abstract )?(?:const|function\*?|class|interface|type|enum) ([A-Za-z_$][\w$]*)/gm)) {
      const name = match[1]!;
      const others = [...(words.get(name) ?? [])].filter((path) => path !== file.path);
      if (others.length === 0 && !isUsedInside(file.text, name)) offences.push(`${file.path}: nothing uses the export ${name}`);
      else if (others.length === 0 && !isTypeOnly(match[0]) && !file.path.startsWith('libs/contracts/')) offences.push(`${file.path}: ${name} is used here alone: do not export it`);
    }
  }
  return offences;
}

function isUsedInside(text: string, name: string): boolean {
  return (text.match(new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`, 'g')) ?? []).length > 1;
}

/** A type that names a part of an exported signature has its place even where nobody imports it. */
function isTypeOnly(declaration: string): boolean {
  return / (interface|type) /.test(declaration);
}
