export interface OwnMetricsRead {
  /** Of the series with at least these labels; 0 when there is none. */
  value(name: string, labels: Readonly<Record<string, string>>): number;
  /** Over all series of the name. */
  sum(name: string): number;
}

/** What a process says on its /metrics. */
export async function readOwnMetrics(url: string): Promise<OwnMetricsRead> {
  const answer = await fetch(`${url}/metrics`);
  if (!answer.ok) throw new Error(`${url}/metrics: ${answer.status}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const sumOf = (name: string, wanted: readonly string[]): number => lines
    .filter((line) => /^[^{ ]+/.exec(line)![0] === name && wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    value: (name, labels) => sumOf(name, Object.entries(labels).map(([label, text]) => `${label}="${text}"`)),
    sum: (name) => sumOf(name, []),
  };
}
