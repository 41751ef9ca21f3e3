import { useSyncExternalStore } from 'react';
import { useLanguage } from '../language/language.js';
import { subscribeToClock } from './clock.js';
import { formatExact, formatLength, formatRelative, toMs } from './format-time.js';

interface TimeProps {
  readonly at: string | number;
}

/** How long ago; the exact time on hover. Renders again only when its text changes. */
export function Ago({ at }: TimeProps) {
  const { language } = useLanguage();
  const atMs = toMs(at);
  const text = useSyncExternalStore(subscribeToClock, () => formatRelative(atMs, Date.now(), language));
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatExact(atMs, language)}>
      {text}
    </time>
  );
}

/** The length since a time, still growing, or up to its end. */
export function Since({ at, until }: TimeProps & { readonly until?: string | number | undefined }) {
  const { language } = useLanguage();
  const atMs = toMs(at);
  const text = useSyncExternalStore(subscribeToClock, () => {
    const length = (until === undefined ? Date.now() : toMs(until)) - atMs;
    // A growing length has no tenths: they would only flicker.
    return formatLength(until === undefined ? Math.floor(length / 1_000) * 1_000 : length, language);
  });
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatExact(atMs, language)}>
      {text}
    </time>
  );
}
