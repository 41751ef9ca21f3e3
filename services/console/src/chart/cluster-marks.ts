import type { ChartMark } from './chart-layers.js';

export interface MarkCluster {
  /** From 0 at the left end to 1 at the right. */
  readonly place: number;
  readonly members: readonly ChartMark[];
}

const signWidth = 24;
const eachWidth = 15;

/** Marks inside the range, oldest first, joined while their signs would cover each other. A lane without width joins nothing. */
export function clusterMarks(marks: readonly ChartMark[], fromMs: number, toMs: number, width: number): readonly MarkCluster[] {
  const clusters: { place: number; members: ChartMark[] }[] = [];
  for (const mark of marks.filter((one) => one.atMs >= fromMs && one.atMs <= toMs).toSorted((a, b) => a.atMs - b.atMs)) {
    const place = (mark.atMs - fromMs) / (toMs - fromMs);
    const last = clusters.at(-1);
    const kinds = new Set(last?.members.map((one) => one.kind)).size;
    if (last && (place - last.place) * width < signWidth / 2 + (signWidth + eachWidth * Math.min(3, kinds - 1)) / 2) last.members.push(mark);
    else clusters.push({ place, members: [mark] });
  }
  return clusters;
}
