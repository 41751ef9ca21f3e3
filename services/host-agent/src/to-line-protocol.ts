export interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, number>>;
}

/** Points as line protocol, all with the same time (ms); `common` tags are put on every line. */
export function toLineProtocol(points: readonly Point[], common: Readonly<Record<string, string>>, timeMs: number): string {
  const lines = [];
  for (const { measurement, tags, fields } of points) {
    const key = Object.entries({ ...common, ...tags }).filter(([, value]) => value !== '').map(([name, value]) => `,${escape(name)}=${escape(value)}`).join('');
    const values = Object.entries(fields).filter(([, value]) => Number.isFinite(value)).map(([name, value]) => `${escape(name)}=${value}`);
    if (values.length > 0) lines.push(`${escape(measurement)}${key} ${values.join(',')} ${Math.round(timeMs)}\n`);
  }
  return lines.join('');
}

function escape(text: string): string {
  return text.replaceAll(/([,= \\])/g, '\\$1').replaceAll('\n', ' ');
}
