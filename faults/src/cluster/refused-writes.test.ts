import { readRefusedWrites, refusedBetween, sumOf, tellRefused } from './refused-writes.js';

const metrics = `# TYPE opsloop_checkpoints_refused_total counter
opsloop_checkpoints_refused_total{group="aggregator"} 3
opsloop_checkpoints_refused_total{group="log-watch"} 2
opsloop_run_writes_refused_total 1
opsloop_lease_renewals_refused_total{worker="runs"} 4
opsloop_lease_renewals_total 90
`;

it('adds up what was refused over groups and workers, and tells what came between two readings', () => {
  const after = readRefusedWrites(metrics);
  expect(after).toEqual({ snapshots: 5, results: 1, renewals: 4 });
  const refused = refusedBetween({ snapshots: 5, results: 0, renewals: 2 }, after);
  expect([sumOf(refused), tellRefused(refused)]).toEqual([3, '3 (1 result, 2 renewals)']);
  expect(tellRefused(refusedBetween(after, after))).toBe('0');
  expect(readRefusedWrites('')).toEqual({ snapshots: 0, results: 0, renewals: 0 });
});
