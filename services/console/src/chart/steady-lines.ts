import { useMemo, useState } from 'react';
import { mostImportant, type ChartSeries } from './chart-data.js';

interface Chosen {
  /** The lines that there were to choose from. */
  readonly about: string;
  readonly keys: readonly string[];
}

function choose(all: readonly ChartSeries[], most: number, about: string, groupOf?: (one: ChartSeries) => string): Chosen {
  return { about, keys: mostImportant(all, most, groupOf).shown.map((one) => one.key) };
}

/** The lines to draw. Chosen once for a set of series: with new values they keep their places and colours. */
export function useSteadyLines(all: readonly ChartSeries[], most: number, groupOf?: (one: ChartSeries) => string): { readonly shown: readonly ChartSeries[]; readonly hidden: number } {
  const about = `${most}\n${all.map((one) => one.key).toSorted().join('\n')}`;
  const [chosen, setChosen] = useState(() => choose(all, most, about, groupOf));
  if (chosen.about !== about) setChosen(choose(all, most, about, groupOf));
  return useMemo(() => {
    const known = new Map(all.map((one) => [one.key, one]));
    const shown = chosen.keys.flatMap((key) => known.get(key) ?? []);
    return { shown, hidden: all.length - shown.length };
  }, [all, chosen]);
}
