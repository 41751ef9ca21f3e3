import type { AlarmFacts } from './alarm-facts.js';
import type { NoticeBody } from './notice-body.js';

/** The plain-text body: short lines, the most important first. */
export function renderText({ words, detailed, brief, more, allAlarmsUrl, receiver }: NoticeBody): string {
  const parts = detailed.map((facts) => detailedText(facts, words.openAlarm));
  if (brief.length > 0) parts.push(brief.map((facts) => `[${facts.badge}] ${facts.headline}: ${facts.finding}`).join('\n'));
  if (more > 0) parts.push(words.more(more));
  if (detailed.length + brief.length > 1) parts.push(`${words.allAlarms}: ${allAlarmsUrl}`);
  if (detailed.some((facts) => facts.acknowledgeable)) parts.push(`${words.acknowledge}.`);
  return `${[...parts, words.footer(receiver)].join('\n\n')}\n`;
}

function detailedText(facts: AlarmFacts, openAlarm: string): string {
  const rows = facts.rows.map(({ label, lines }) => (lines.length === 1 ? `${label}: ${lines[0]!}` : `${label}:\n${lines.map((line) => `  ${line}`).join('\n')}`));
  return [`[${facts.badge}] ${facts.headline}: ${facts.finding}`, '', ...rows, `${openAlarm}: ${facts.url}`].join('\n');
}
