import { execFileSync } from 'node:child_process';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
}

/** TypeScript sources that belong to the project: tracked by git, or new and not ignored. */
export function sourceFiles(): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx', '*.mts'], { cwd: root, encoding: 'utf8' });
  return [...new Set(listed.split('\n'))]
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8'), isTest: /(\.test|-under-test)\.tsx?$/.test(path) }));
}

/** Module names that a source imports or re-exports, with the line of each. */
export function importsOf(file: SourceFile): { readonly name: string; readonly line: number }[] {
  const found = [];
  const pattern = /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g;
  for (const match of file.text.matchAll(pattern)) {
    found.push({ name: (match[1] ?? match[2] ?? match[3])!, line: file.text.slice(0, match.index + match[0].length).split('\n').length });
  }
  return found;
}
