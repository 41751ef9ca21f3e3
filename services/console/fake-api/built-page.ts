import { existsSync } from 'node:fs';

/** The page as `npm run build` left it. Tests do not build it: its files would be gone for a moment while others serve them. */
export function builtPage(): URL {
  const page = new URL('../dist/page/', import.meta.url);
  if (!existsSync(new URL('index.html', page))) throw new Error('The page is not built: run `npm run build` first.');
  return page;
}
