import { escapeHtml, linkedHtml } from './escape-html.js';
import { htmlPage } from './html-page.js';
import type { Language } from './wording.js';

/** A text as a page: the subject above it, a paragraph for each block, addresses as links. */
export function textToHtml(language: Language, subject: string, text: string): string {
  const blocks = text.trim().split(/\n{2,}/);
  const paragraphs = blocks.map((block) => `<p style="word-break:break-word">${block.split('\n').map(linkedHtml).join('<br>')}</p>`);
  return htmlPage(language, subject, [`<h1 style="font-size:20px;line-height:1.3">${escapeHtml(subject)}</h1>`, ...paragraphs]);
}
