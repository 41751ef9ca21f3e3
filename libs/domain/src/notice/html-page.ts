import { escapeHtml } from './escape-html.js';
import type { Language } from './wording.js';

const font = "font-family:-apple-system,'Segoe UI','Noto Sans KR','Malgun Gothic',sans-serif";

/** A page that a phone shows without zooming: one column, inline styles, no image. `parts` are HTML. */
export function htmlPage(language: Language, title: string, parts: readonly string[]): string {
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title></head>`,
    `<body style="margin:0;padding:16px;background:#ffffff;color:#111827;font-size:16px;line-height:1.5;${font}"><div style="max-width:600px;margin:0 auto">`,
    ...parts,
    '</div></body></html>',
  ].join('\n');
}
