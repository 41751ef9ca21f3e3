import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ReplaySeries {
  readonly name: string;
  /** Ascending in time; [ms, value]. */
  readonly points: readonly (readonly [number, number])[];
}

const realFolder = fileURLToPath(new URL('../../../shared/data/nab/realAWSCloudwatch', import.meta.url));

/** Real AWS series where they lie beside the project; made ones everywhere, so that the same ground is covered. */
export function replaySeries(): { readonly series: readonly ReplaySeries[]; readonly real: boolean } {
  const made = [madeSeries('made-calm', 1, 700), madeSeries('made-rough', 2, 700)];
  if (!existsSync(realFolder)) return { series: made, real: false };
  const files = readdirSync(realFolder).filter((file) => file.endsWith('.csv')).toSorted();
  return { series: [...made, ...files.map((file) => ({ name: file.replace('.csv', '').replaceAll('_', '-').toLowerCase(), points: readPoints(join(realFolder, file)) }))], real: true };
}

function readPoints(path: string): (readonly [number, number])[] {
  const points = new Map<number, number>();
  for (const line of readFileSync(path, 'utf8').trim().split('\n').slice(1)) {
    const [time = '', value = ''] = line.split(',');
    points.set(Date.parse(`${time.replace(' ', 'T')}Z`), Number(value));
  }
  return [...points].toSorted(([a], [b]) => a - b);
}

/** A day's shape with noise and two plateaus, every five minutes; gaps and odd seconds included. */
function madeSeries(name: string, seed: number, length: number): ReplaySeries {
  let state = seed;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const start = Date.UTC(2014, 2, 1) + 17_000;
  const points: [number, number][] = [];
  for (let i = 0; i < length; i++) {
    if (i % 97 === 13) continue;
    const plateau = i % 250 > 200 && i % 250 < 225 ? 60 : 0;
    points.push([start + i * 300_000 + Math.floor(random() * 20_000), 20 + 10 * Math.sin((i * 2 * Math.PI) / 288) + 4 * random() + plateau]);
  }
  return { name, points };
}
