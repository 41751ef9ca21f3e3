import { useEffect } from 'react';
import type { AlarmRecord } from '../api/records.js';

/** Shows open critical alarms in the browser's tab icon: who works in another tab sees them. */
export function MarkTab({ openAlarms }: { readonly openAlarms: readonly AlarmRecord[] | undefined }) {
  const urgent = openAlarms?.some((alarm) => alarm.level === 'critical' || alarm.level === 'down');
  useEffect(() => {
    if (urgent === undefined) return;
    document.querySelector('link[rel="icon"]')?.setAttribute('href', urgent ? '/mark-urgent.svg' : '/mark.svg');
  }, [urgent]);
  return null;
}
