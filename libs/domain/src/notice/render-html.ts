import type { Level } from '@opsloop/contracts';
import type { AlarmFacts } from './alarm-facts.js';
import { escapeHtml, linkedHtml } from './escape-html.js';
import { htmlPage } from './html-page.js';
import type { NoticeBody } from './notice-body.js';

/** Dark enough for white text (contrast 4.5 and more); the word stands beside the colour. */
const colours: Readonly<Record<Level | 'over', string>> = { info: '#1c5fb8', warn: '#96590a', critical: '#c01c28', down: '#7a0d16', over: '#4b5563' };

/** The same words as the text body, readable on a phone without zooming: one column, inline styles, no image. */
export function renderHtml({ words, language, subject, detailed, brief, more, allAlarmsUrl, receiver }: NoticeBody): string {
  const parts = detailed.map((facts) => card(facts, words.openAlarm));
  if (brief.length > 0) parts.push(`<ul style="padding-left:20px;margin:16px 0">${brief.map(briefItem).join('')}</ul>`);
  if (more > 0) parts.push(`<p>${escapeHtml(words.more(more))}</p>`);
  if (detailed.length + brief.length > 1) parts.push(`<p><a href="${escapeHtml(allAlarmsUrl)}">${escapeHtml(words.allAlarms)}</a></p>`);
  if (detailed.some((facts) => facts.acknowledgeable)) parts.push(`<p style="color:#4b5563">${escapeHtml(words.acknowledge)}.</p>`);
  parts.push(`<p style="color:#6b7280;font-size:13px">${escapeHtml(words.footer(receiver))}</p>`);
  return htmlPage(language, subject, parts);
}

function card(facts: AlarmFacts, openAlarm: string): string {
  const colour = colours[facts.level ?? 'over'];
  const rows = facts.rows.map(
    ({ label, lines }) => `<tr><th scope="row" align="left" valign="top" style="padding:4px 12px 4px 0;color:#4b5563;font-weight:normal;white-space:nowrap">${escapeHtml(label)}</th><td style="padding:4px 0;word-break:break-word">${lines.map(linkedHtml).join('<br>')}</td></tr>`,
  );
  return [
    `<div style="border-left:6px solid ${colour};padding:4px 0 4px 14px;margin:0 0 24px">`,
    `<span style="display:inline-block;background:${colour};color:#ffffff;border-radius:4px;padding:2px 8px;font-weight:bold">${escapeHtml(facts.badge)}</span>`,
    `<h1 style="font-size:20px;line-height:1.3;margin:8px 0">${escapeHtml(facts.headline)}: ${escapeHtml(facts.finding)}</h1>`,
    `<table role="presentation" cellpadding="0" cellspacing="0" style="font-size:16px">${rows.join('')}</table>`,
    `<p style="margin:12px 0 0"><a href="${escapeHtml(facts.url)}" style="display:inline-block;background:#1f2937;color:#ffffff;text-decoration:none;border-radius:6px;padding:10px 16px">${escapeHtml(openAlarm)}</a></p></div>`,
  ].join('\n');
}

function briefItem(facts: AlarmFacts): string {
  return `<li><b>${escapeHtml(facts.badge)}</b> <a href="${escapeHtml(facts.url)}">${escapeHtml(facts.headline)}</a>: ${escapeHtml(facts.finding)}</li>`;
}
