/** What the clocks of one time zone show. A wall time is what they show, in ms as if it were UTC; an instant is ms since the epoch. */
export interface ZoneClock {
  /** When this wall time is shown, and how far the instants of all later ones are behind. */
  showings(wallMs: number): Showings;
  /** No wall time before this one is shown, or made up for, after `instantMs`. */
  firstWallAfter(instantMs: number): number;
}

export interface Showings {
  /** Ascending: two where clocks going back repeat it; where clocks going forward skip it, the one that is as much later. */
  readonly instants: readonly number[];
  readonly laterThanMs: number;
}

/** No change of a zone's clocks is further than this from the wall times that it skips or repeats. */
const farMs = 24 * 3_600_000;

/** `timeZone`: IANA name; throws RangeError for what is none. */
export function createZoneClock(timeZone: string): ZoneClock {
  const format = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' });

  function offsetAt(ms: number): number {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(ms / 1_000) * 1_000;
  }

  return {
    showings(wallMs) {
      const before = offsetAt(wallMs - farMs);
      const after = offsetAt(wallMs + farMs);
      const laterThanMs = wallMs - Math.max(before, after);
      if (before === after) return { instants: [laterThanMs], laterThanMs };
      const shown = [before, after].filter((offset) => offsetAt(wallMs - offset) === offset).map((offset) => wallMs - offset);
      return { instants: shown.length > 0 ? shown.toSorted((a, b) => a - b) : [wallMs - before], laterThanMs };
    },
    firstWallAfter: (instantMs) => instantMs + Math.min(offsetAt(instantMs - farMs), offsetAt(instantMs), offsetAt(instantMs + farMs)),
  };
}
