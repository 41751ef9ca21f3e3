/** What a browser must load before it shows anything stays small, and holds no schema library. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { builtPage } from './built-page.js';

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

const mostInitialBytes = 300_000;
const page = builtPage();

function readPage(file: string): Buffer {
  return readFileSync(new URL(file, page));
}

function initialFiles(): ReadonlySet<string> {
  const manifest = JSON.parse(readPage('.vite/manifest.json').toString()) as Readonly<Record<string, Chunk>>;
  const files = new Set(['index.html', 'before-paint.js']);
  const visit = (chunk: Chunk): void => {
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const file of chunk.css ?? []) files.add(file);
    for (const name of chunk.imports ?? []) visit(manifest[name]!);
  };
  for (const chunk of Object.values(manifest)) if (chunk.isEntry) visit(chunk);
  return files;
}

test('the first load is at most 300 KB compressed', () => {
  const bytes = [...initialFiles()].reduce((sum, file) => sum + gzipSync(readPage(file)).length, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(mostInitialBytes);
});

test('no part of the page holds the schema library', () => {
  const scripts = readdirSync(new URL('assets/', page)).filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(10);
  for (const name of scripts) expect([name, /ZodError|_zod\b/.test(readPage(`assets/${name}`).toString())]).toEqual([name, false]);
});

test('index.html has no inline script', () => {
  expect(readPage('index.html').toString()).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
});
