import { hotTables, isWindow } from './window-tables.js';

/** The newest start of each series as SQL, of columns series and start: of the base windows that are in order of arrival, where `condition` holds, and of all that series_last knows. */
export function newestStarts(condition = isWindow): string {
  const hot = hotTables('base').map((table) => `SELECT series, start FROM ${table} WHERE ${condition}`);
  return `SELECT series, max(start) AS start FROM (${['FROM series_last', ...hot].join(' UNION ALL ')}) GROUP BY series`;
}
