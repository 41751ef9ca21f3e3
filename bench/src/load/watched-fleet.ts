import type { ServerProcess } from '@opsloop/testing';

const metrics = Array.from({ length: 10 }, (_, index) => `m${index}`);
/** The trigger looks for new policies twice a second. */
const noticedMs = 3_000;

/** Resources, and series of each that a policy watches. */
export const watchedFleet = { resources: 10_000, series: metrics.length };

/** One policy for each series: above 50 is critical. Resolves when they are in force. */
export async function watchFleet(server: ServerProcess, more: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const metric of metrics) await putPolicy(server, metric, more);
  await new Promise((resolve) => setTimeout(resolve, noticedMs));
}

async function putPolicy({ url, adminToken }: ServerProcess, metric: string, more: Readonly<Record<string, string>>): Promise<void> {
  const body = { apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: `bench-${metric}` }, spec: { metric: `bench.${metric}`, window: '10s', threshold: { critical: '> 50' }, ...more } };
  const answer = await fetch(`${url}/api/v1/policies/bench-${metric}`, { method: 'PUT', headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

export const nameOf = (resource: number): string => `bench-${resource}`;

/** A row of all series of a resource; a loud one crosses the threshold of one of them. */
export function fleetLine(resource: number, atMs: number, isLoud: boolean): string {
  const fields = metrics.map((metric, index) => `${metric}=${isLoud && index === resource % 7 ? 90 : 10}`).join(',');
  return `bench,host=${nameOf(resource)} ${fields} ${atMs}000000\n`;
}
