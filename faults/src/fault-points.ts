/** Every named point of the product that a run kills the process at, and how many passings may go by before it is. */
export const faultPoints: Readonly<Record<string, number>> = {
  'bus.before-commit': 200,
  'bus.after-commit': 200,
  'collector.before-publish': 60,
  'collector.after-publish': 60,
  'collector.before-publish-logs': 8,
  'collector.after-publish-logs': 8,
  'aggregator.before-emit': 60,
  'aggregator.after-emit': 60,
  'aggregator.before-checkpoint': 4,
  'aggregator.after-checkpoint': 4,
  'history.before-write': 6,
  'history.after-write': 6,
  'log-watch.before-emit': 6,
  'log-watch.after-emit': 6,
  'log-watch.before-checkpoint': 4,
  'log-watch.after-checkpoint': 4,
  'trigger.before-emit': 3,
  'trigger.after-emit': 3,
  'trigger.before-checkpoint': 4,
  'trigger.after-checkpoint': 4,
  'trigger-groups.before-emit': 1,
  'trigger-groups.after-emit': 1,
  'trigger-groups.before-checkpoint': 4,
  'trigger-groups.after-checkpoint': 4,
  'relay.after-publish': 4,
  'action.after-alarm-stored': 3,
  'action.after-command-stored': 2,
  'action.after-evidence': 3,
  'action.after-member-stored': 3,
  'action.after-members-told': 2,
  'action.after-notice-queued': 2,
  'action.after-receivers': 3,
  'action.after-scenarios': 3,
  'notice.before-send': 2,
  'notice.after-send': 2,
  'notice.after-stored': 2,
  'notice.after-timeline': 2,
  'metric-store.before-commit': 6,
  'metric-store.after-commit': 6,
  'metric-store.before-rollup-commit': 1,
  'metric-store.before-checkpoint': 1,
  'desk.after-work-order-inserted': 1,
  'desk.after-limits-stored': 1,
  'executor.before-claim-stored': 1,
  'executor.after-step-marked': 3,
  'executor.after-step-run': 3,
  'executor.before-result-stored': 3,
  'executor.after-run-ended': 1,
};

/** Points that a run cannot get to, each with the test that kills there. */
export const pointsOfOtherTests: Readonly<Record<string, string>> = {
  // A schedule is due once a minute at most.
  'schedule.after-claim': 'services/action/src/schedule/keep-schedules.fault.test.ts',
  'schedule.after-work-order-inserted': 'services/action/src/schedule/keep-schedules.fault.test.ts',
  // A log is learnt from for ten minutes before anything of it counts as new.
  'action.after-log-change-stored': 'services/action/src/evidence/crash-while-attaching.fault.test.ts',
  // Some hundred thousand windows come before it.
  'metric-store.before-compaction-commit': 'libs/engines-embedded/src/metrics/metric-store.fault.test.ts',
  // A new folder and another width of windows alone bring it.
  'metric-store.before-tables-commit': 'libs/engines-embedded/src/metrics/tiers/reshape-tiers.fault.test.ts',
};

/** Whose processes pass the points with these beginnings. */
const passedBy: Readonly<Record<string, readonly string[]>> = {
  collector: ['collector'], aggregator: ['aggregator'], history: ['aggregator'], 'log-watch': ['aggregator'], trigger: ['trigger'], 'trigger-groups': ['trigger'],
  relay: ['action', 'executor'], action: ['action'], notice: ['action'], desk: ['action'], executor: ['executor'], api: ['api'],
};

/** Of a process without points of its own: killed at a random moment. */
export const momentName = 'any-moment';
const mostMoments = 30;

/** The services that pass the point where each runs as processes of its own; none for a point inside an embedded engine. */
export function servicesOf(point: string): readonly string[] {
  return passedBy[point.slice(0, point.indexOf('.'))] ?? [];
}

const usualPatienceMs = 30_000;
/** What is done under a lease begins when that of the killed process before has ended, and a roll-up needs a whole minute. */
const leasedPatienceMs = 95_000;
const leasedPoints: readonly string[] = ['metric-store.before-rollup-commit', 'metric-store.before-checkpoint'];
/** A group of hosts is judged when the slowest source is known to be silent. */
const groupPatienceMs = 60_000;

/** Nothing of a group is emitted before its judge has heard of every member: five minutes. A cluster is killed at these points last. */
export function isOfJudgedGroups(point: string): boolean {
  return point.startsWith('trigger-groups.') && point.endsWith('-emit');
}

/** How long a server is given to pass the point. */
export function patienceMs(point: string): number {
  if (leasedPoints.includes(point)) return leasedPatienceMs;
  return point.startsWith('trigger-groups.') ? groupPatienceMs : usualPatienceMs;
}

/** A generator of numbers in [0, 1), the same for the same seed (Park and Miller's minimal standard). */
function createRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

export interface PlannedKill {
  readonly point: string;
  readonly passing: number;
  /** In [0, 1): which of the processes that pass it. */
  readonly pick: number;
}

/** `kills` kills that go round the points in an order of the seed's, each at a random passing. */
export function planKills(kills: number, seed: number, points: readonly string[] = Object.keys(faultPoints)): PlannedKill[] {
  const random = createRandom(seed);
  const plan: PlannedKill[] = [];
  while (plan.length < kills) {
    const round = points.map((point) => ({ point, passing: 1 + Math.floor(random() * (faultPoints[point] ?? mostMoments)), pick: random(), order: random() }));
    plan.push(...round.toSorted((a, b) => a.order - b.order).map(({ point, passing, pick }) => ({ point, passing, pick })));
  }
  return plan.slice(0, kills);
}
