import type { Judgement } from './judge.js';
import type { DoneFault } from './progress.js';

export interface ReportHead {
  readonly title: string;
  /** Repeats the run. */
  readonly command: string;
  /** Points that the run might have killed at. */
  readonly points: readonly string[];
  readonly path: string;
}

const mostTold = 50;

/** The run as Markdown: kills by point, other faults, the ledger's figures, and what was broken. */
export function renderReport(done: readonly DoneFault[], { figures, broken }: Judgement, { title, command, points }: ReportHead): string {
  const kills = done.filter(({ what }) => what === 'kill');
  const faults = done.filter(({ what }) => what === 'fault');
  const unreached = points.filter((point) => !kills.some(({ name, hit }) => name === point && hit));
  return [
    `### ${title}`, '', `\`${command}\``, '',
    ...(kills.length > 0
      ? [
          `${kills.length} kills, ${kills.filter(({ hit }) => hit).length} of them at their point; points killed at: ${points.length - unreached.length} of ${points.length}${unreached.length > 0 ? `, not: ${unreached.join(', ')}` : ''}.`, '',
          '| point | killed there | not passed in time, killed anyway |', '|---|---|---|', ...killRows(kills), '',
        ]
      : []),
    ...(faults.length > 0 ? ['| fault | what became of it |', '|---|---|', ...faults.map(({ name, victim, how }) => `| ${name}${victim && ` (${victim})`} | ${how} |`), ''] : []),
    '| ledger | |', '|---|---|', ...Object.entries(figures).map(([name, figure]) => `| ${wordsOf(name)} | ${figure} |`), '',
    broken.length === 0 ? 'Every promise was kept.' : `Broken: ${broken.length}`, ...broken.slice(0, mostTold).map((one) => `- BROKEN ${one}`), '',
  ].join('\n');
}

function killRows(kills: readonly DoneFault[]): string[] {
  const byPoint = new Map<string, { hit: number; missed: number }>();
  for (const { name, hit } of kills) {
    const known = byPoint.get(name) ?? { hit: 0, missed: 0 };
    byPoint.set(name, hit ? { ...known, hit: known.hit + 1 } : { ...known, missed: known.missed + 1 });
  }
  return [...byPoint].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([point, { hit, missed }]) => `| ${point} | ${hit} | ${missed} |`);
}

/** samplesInHistory -> samples in history */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
