// Free of zod: used by the checks of a definition and by the rendering of a run.
const holder = /\{\{\s*(?:([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)|'(\{\{)')\s*\}\}/g;

export type TemplatePart = { readonly literal: string } | { readonly input: string };

/**
 * Takes a text such as `--name={{ service }}` apart. `{{ '{{' }}` stands for `{{` itself.
 * The answer is a text when the template is wrong, and says what is wrong with it.
 */
export function parseTemplate(text: string): readonly TemplatePart[] | string {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of text.matchAll(holder)) {
    addLiteral(parts, text.slice(end, match.index));
    if (match[1] === undefined) addLiteral(parts, '{{');
    else parts.push({ input: match[1] });
    end = match.index + match[0].length;
  }
  const gaps = text.replaceAll(holder, '');
  if (gaps.includes('{{')) return `has "{{" without the name of an input behind it: write {{ name }}, or {{ '{{' }} for the two braces themselves`;
  addLiteral(parts, text.slice(end));
  return parts;
}

function addLiteral(parts: TemplatePart[], literal: string): void {
  if (literal !== '') parts.push({ literal });
}
