import { stringify } from 'yaml';

/** The text of a definition as people edit it: what was written, or YAML where it came as JSON. */
export function sourceText(source: string): string {
  if (!source.trimStart().startsWith('{')) return source;
  try {
    return stringify(JSON.parse(source) as unknown, { lineWidth: 0 });
  } catch {
    // YAML may begin with a brace too.
    return source;
  }
}
