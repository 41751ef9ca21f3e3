export * from './alarm-record/add-timeline.js';
export * from './alarm-record/note-alarm.js';
export * from './notice/group-key.js';
export * from './notice/identity-of.js';
export * from './notice/new-notice.js';
export * from './notice/wording.js';
