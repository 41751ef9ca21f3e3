import { alarmSeries, alarmBands, alarmMarks, thresholdLines, withDeciding } from './alarm-layers.js';

test('thresholds become lines; what is no comparison is left out', () => {
  expect(thresholdLines({ warn: '> 80', critical: '>= 95.5', recover: '< 75', info: 'about 70' }, 'en')).toEqual([
    { level: 'critical', value: 95.5, label: 'Critical >= 95.5' },
    { level: 'warn', value: 80, label: 'Warning > 80' },
    { level: 'recover', value: 75, label: 'recovers < 75' },
  ]);
  expect(thresholdLines({ critical: '< 1' }, 'ko')[0]?.label).toBe('심각 < 1');
  expect(thresholdLines({ warn: 80 }, 'en')).toEqual([]);
  expect(thresholdLines(undefined, 'en')).toEqual([]);
});

test('an alarm is held, then open until it is resolved, or until now', () => {
  const alarm = { pendingSince: '1970-01-01T00:00:01.000Z', openedAt: '1970-01-01T00:00:03.000Z', level: 'warn' } as const;
  expect(alarmBands(alarm, 9_000)).toEqual([{ kind: 'pending', fromMs: 1_000, toMs: 3_000 }, { kind: 'open', level: 'warn', fromMs: 3_000, toMs: 9_000 }]);
  expect(alarmBands({ ...alarm, resolvedAt: '1970-01-01T00:00:05.000Z' }, 9_000)[1]?.toMs).toBe(5_000);
});

test('only moments that matter are marked', () => {
  const node = (what: string, text: string) => ({ what, text, atMs: 1 });
  expect(alarmMarks([node('alarm.opened', ''), node('sample.arrived', ''), node('notice.sent', 'to on-call')], 'en')).toEqual([
    { kind: 'opened', atMs: 1, label: 'Alarm opened' },
    { kind: 'notice', atMs: 1, label: 'Notice sent: to on-call' },
  ]);
});

const seriesOf = (labels: Record<string, string>) => ({ resource: 'r', resourceName: 'web-1', labels, aggregate: 'sum' as const, points: [] });
const told = (reason: string) => [{ transition: 1, type: 'alarm.opened' as const, at: '', level: 'warn' as const, value: 1, reason }];

test('an alarm shows its own series; one over log templates those that it names', () => {
  const all = [seriesOf({ device: 'sda' }), seriesOf({ device: 'sdb' })];
  expect(alarmSeries(all, { labels: { device: 'sdb' }, transitions: told('x') })).toEqual([all[1]]);
  const templates = [seriesOf({ service: 'shop', template: 'took <*>' }), seriesOf({ service: 'shop', template: 'disk full' })];
  expect(alarmSeries(templates, { labels: { service: 'shop' }, transitions: told('3 log lines within 1m: "disk full" (3), warn is > 0') })).toEqual([templates[1]]);
});

test('what raised an alarm is drawn until its window has come to history', () => {
  const alarm = { trace: { sample: '1970-01-01T00:00:27.300Z' } as never, transitions: told('x') };
  const series = { ...seriesOf({}), points: [[0, 7], [10_000, 8], [20_000, null], [30_000, null]] as [number, number | null][] };
  expect(withDeciding([series], alarm, 10_000)[0]!.points).toEqual([[0, 7], [10_000, 8], [20_000, 1], [30_000, null]]);
  expect(withDeciding([{ ...series, points: [[0, 7]] }], alarm, 10_000)[0]!.points).toEqual([[0, 7], [20_000, 1]]);
  const closed = [{ ...series, points: [[20_000, 3]] as [number, number][] }];
  expect(withDeciding(closed, alarm, 10_000)).toBe(closed);
});
