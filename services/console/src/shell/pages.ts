import type { IconName } from './icon.js';

/** The side bar, in order: watch, act, messages, settings. `key` follows `g`. */
export const pages = [
  { to: '/', name: 'overview', icon: 'overview', key: 'o', group: 'watch' },
  { to: '/alarms', name: 'alarms', icon: 'alarms', key: 'a', group: 'watch' },
  { to: '/metrics', name: 'metrics', icon: 'metrics', key: 'm', group: 'watch' },
  { to: '/resources', name: 'resources', icon: 'resources', key: 'r', group: 'watch' },
  { to: '/work-orders', name: 'workOrders', icon: 'orders', key: 'w', group: 'act' },
  { to: '/playbooks', name: 'playbooks', icon: 'playbooks', key: 'b', group: 'act' },
  { to: '/schedules', name: 'schedules', icon: 'clock', key: 'c', group: 'act' },
  { to: '/policies', name: 'policies', icon: 'policies', key: 'p', group: 'act' },
  { to: '/outbox', name: 'outbox', icon: 'outbox', key: 'n', group: 'messages' },
  { to: '/dead-letters', name: 'deadLetters', icon: 'letters', key: 'd', group: 'messages' },
  { to: '/settings', name: 'settings', icon: 'settings', key: 's', group: 'settings' },
] as const satisfies readonly { to: string; name: string; icon: IconName; key: string; group: string }[];

export type PageEntry = (typeof pages)[number];
