import { settingsSchema } from '@opsloop/contracts';
import { planTiers } from './choose-tier.js';

const settings = settingsSchema.parse({});
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const nowMs = Date.parse('2026-11-22T18:34:56Z');

function segmentsOf(fromMs: number, toMs: number, stepMs: number | 'auto'): string[] {
  const shown = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
  return planTiers(settings, { fromMs, toMs, stepMs }, nowMs).segments.map(({ tier, fromMs: from, toMs: to }) => `${tier} ${shown(from)} ${shown(to)}`);
}

it('reads each stretch from the coarsest tier that has settled there, however long the step is', () => {
  const young = ['1h 2026-11-21T00:00:00 2026-11-22T17:00:00', '1m 2026-11-22T17:00:00 2026-11-22T18:28:00', 'base 2026-11-22T18:28:00 2026-11-22T18:34:56'];
  for (const days of [1, 7, 30]) expect(segmentsOf(nowMs - 60 * dayMs, nowMs, days * dayMs)).toEqual(['1d 2026-09-23T00:00:00 2026-11-21T00:00:00', ...young]);
});

it('holds no gap and no overlap, and no finer tier beyond what it keeps', () => {
  for (const [agoMs, stepMs] of [[hourMs, 'auto'], [dayMs, 'auto'], [20 * dayMs, hourMs], [500 * dayMs, 'auto'], [1_000 * dayMs, 30 * dayMs]] as const) {
    const { segments } = planTiers(settings, { fromMs: nowMs - agoMs, toMs: nowMs, stepMs }, nowMs);
    segments.slice(1).forEach(({ fromMs }, i) => expect(fromMs).toBe(segments[i]!.toMs));
    expect(segments.at(-1)!.toMs).toBe(nowMs);
    for (const { tier, fromMs } of segments) if (tier === 'base') expect(nowMs - fromMs).toBeLessThan(settings.RETENTION_RAW);
  }
});

it('begins with the bucket in which the range begins', () => {
  const startMs = Date.parse('2026-11-17T09:15:00Z');
  expect(segmentsOf(startMs, startMs + hourMs / 2, hourMs)).toEqual(['1h 2026-11-17T09:00:00 2026-11-17T09:45:00']);
  expect(segmentsOf(nowMs - hourMs, nowMs, 10_000)).toEqual(['base 2026-11-22T17:34:50 2026-11-22T18:34:56']);
});
