import type { QueryAnswer } from '@opsloop/contracts';

/** One row a time, one column a series; times in ISO 8601 (UTC), nothing where nothing was measured. RFC 4180. */
export function historyCsv(answers: readonly Pick<QueryAnswer, 'metric' | 'unit' | 'series'>[]): string {
  const columns = answers.flatMap(({ metric, unit, series }) =>
    series.map((one) => ({ name: [`${metric}${unit === '' ? '' : ` (${unit})`}`, one.resourceName, ...Object.entries(one.labels).map(([key, value]) => `${key}=${value}`), one.aggregate].filter((part) => part !== '').join(' '), values: new Map(one.points) })),
  );
  const times = [...new Set(columns.flatMap((column) => [...column.values.keys()]))].toSorted((a, b) => a - b);
  const rows = times.map((time) => [new Date(time).toISOString(), ...columns.map((column) => String(column.values.get(time) ?? ''))]);
  return [['time', ...columns.map((column) => column.name)], ...rows].map((row) => row.map(quote).join(',')).join('\r\n') + '\r\n';
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
