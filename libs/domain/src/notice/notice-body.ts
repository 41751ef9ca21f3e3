import type { AlarmFacts } from './alarm-facts.js';
import type { NoticeWords } from './notice-words.js';
import type { Language } from './wording.js';

/** What both bodies lay out. */
export interface NoticeBody {
  readonly language: Language;
  readonly words: NoticeWords;
  readonly subject: string;
  readonly detailed: readonly AlarmFacts[];
  readonly brief: readonly AlarmFacts[];
  readonly more: number;
  readonly allAlarmsUrl: string;
  readonly receiver: string;
}
