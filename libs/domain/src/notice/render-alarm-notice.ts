import { levels } from '@opsloop/contracts';
import { alarmFacts, type NoticeSurroundings } from './alarm-facts.js';
import type { NoticeBody } from './notice-body.js';
import { noticeWords } from './notice-words.js';
import type { FlushPlan, ToldAlarm } from './plan-flush.js';
import { renderHtml } from './render-html.js';
import { renderSubject } from './render-subject.js';
import { renderText } from './render-text.js';

const maxDetailed = 10;
const maxBrief = 100;

export interface RenderedNotice {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A notice about a group of alarms: open before over, worst first; ten in detail, a hundred in a line each, the rest counted. */
export function renderAlarmNotice(plan: Pick<FlushPlan, 'told' | 'kind'>, receiver: string, surroundings: NoticeSurroundings): RenderedNotice {
  const told = plan.told.toSorted(worstFirst);
  const facts = told.slice(0, maxDetailed + maxBrief).map((one) => alarmFacts(one, surroundings));
  const subject = renderSubject({ ...plan, told }, surroundings);
  const body: NoticeBody = {
    language: surroundings.language,
    words: noticeWords[surroundings.language],
    subject,
    detailed: facts.slice(0, maxDetailed),
    brief: facts.slice(maxDetailed),
    more: told.length - facts.length,
    allAlarmsUrl: `${surroundings.publicUrl}/alarms?state=open`,
    receiver,
  };
  return { subject, text: renderText(body), html: renderHtml(body) };
}

function worstFirst({ alarm: a }: ToldAlarm, { alarm: b }: ToldAlarm): number {
  if (a.state !== b.state) return a.state === 'open' ? -1 : 1;
  return levels.indexOf(b.level) - levels.indexOf(a.level) || a.openedAtMs - b.openedAtMs || (a.id < b.id ? -1 : 1);
}
