import type { AlarmTimeline } from '../alarm/append-timeline.js';
import type { NoticeQueue } from '../notice/queue-notice.js';

/** How the desk speaks to people: in the timeline of the alarm, and by notices. */
export type DeskHooks = AlarmTimeline & NoticeQueue;
