import type { Alarm } from '@opsloop/contracts';
import { formatTime } from './format-time.js';
import { noticeWords } from './notice-words.js';
import type { Language } from './wording.js';

const mostLines = 3;
const maxText = 160;

/** What was found around an open alarm: log templates, resources that moved with it, playbooks that fit. */
export function evidenceRows({ evidence, state, pendingSinceMs }: Alarm, language: Language, timeZone: string): readonly { readonly label: string; readonly lines: readonly string[] }[] {
  if (!evidence || state !== 'open') return [];
  const words = noticeWords[language];
  const { templates, moved, playbooks } = evidence;
  const before = moved.filter((one) => one.onsetMs < pendingSinceMs);
  // Who moved first is where to look; those that followed only show how far it went.
  const shown = before.length > 0 ? before : moved;
  return [
    { label: words.rows.logs, lines: templates.slice(0, mostLines).map((one) => words.template(one.kind, `${one.service === '' ? one.resourceName : `${one.resourceName}, ${one.service}`}: ${cut(one.template)}`, one.lines)) },
    { label: before.length > 0 ? words.rows.movedBefore : words.rows.moved, lines: shown.slice(0, mostLines).map((one) => `${one.resourceName} (${one.policy}, ${formatTime(one.onsetMs, timeZone)})`) },
    { label: words.rows.playbooks, lines: playbooks.slice(0, mostLines).map((one) => `${one.name} (${one.because === 'scenario' ? words.ofScenario(one.of) : one.of})`) },
  ];
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText - 3)}...` : text;
}
