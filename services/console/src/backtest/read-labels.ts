/** Stretches of time out of a CSV (`from,to` a line) or JSON (`[[from, to]]` or `[{ "from", "to" }]`), as the API takes them; a number: the line or entry that is none. */
export function readLabels(text: string): string | number {
  const rows = text.trimStart().startsWith('[') ? jsonRows(text) : csvRows(text);
  const wrong = rows.findIndex(({ from, to }) => !isTime(from) || !isTime(to));
  return wrong >= 0 ? rows[wrong]!.place : rows.map(({ from, to }) => `${from.trim()}/${to.trim()}`).join(',');
}

interface Row {
  readonly place: number;
  readonly from: string;
  readonly to: string;
}

function csvRows(text: string): Row[] {
  const rows = text.split(/\r?\n/).map((line, index) => ({ line, place: index + 1 })).filter(({ line }) => line.trim() !== '');
  return rows.map(({ line, place }): Row => {
    const [from = '', to = ''] = line.split(/[,;\t]|\//).map((cell) => cell.trim().replaceAll('"', ''));
    return { place, from, to };
    // A heading says what the columns are.
  }).filter(({ from }, index) => index > 0 || /\d/.test(from));
}

function jsonRows(text: string): Row[] {
  let entries: unknown;
  try {
    entries = JSON.parse(text) as unknown;
  } catch {
    return [{ place: 1, from: '', to: '' }];
  }
  return (Array.isArray(entries) ? (entries as unknown[]) : []).map((entry, index): Row => {
    const [from, to] = Array.isArray(entry) ? (entry as unknown[]) : [(entry as { from?: unknown } | null)?.from, (entry as { to?: unknown } | null)?.to];
    return { place: index + 1, from: String(from ?? ''), to: String(to ?? '') };
  });
}

function isTime(text: string): boolean {
  return /^\d{1,16}$/.test(text.trim()) || (/^\d{4}-\d{2}-\d{2}/.test(text.trim()) && !Number.isNaN(Date.parse(text.trim())));
}
