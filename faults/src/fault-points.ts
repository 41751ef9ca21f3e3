/** Every named point of the product that a process can be killed at, and how many passings may go by before it is. */
const faultPoints: Readonly<Record<string, number>> = {
  'bus.before-commit': 200,
  'bus.after-commit': 200,
  'aggregator.before-emit': 60,
  'aggregator.after-emit': 60,
  'aggregator.before-checkpoint': 4,
  'aggregator.after-checkpoint': 4,
  'history.before-write': 6,
  'history.after-write': 6,
  'trigger.before-emit': 3,
  'trigger.after-emit': 3,
  'trigger.before-checkpoint': 4,
  'trigger.after-checkpoint': 4,
  'relay.after-publish': 4,
  'action.after-alarm-stored': 3,
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
  'desk.after-work-order-inserted': 1,
  'desk.after-limits-stored': 1,
  'executor.before-claim-stored': 1,
  'executor.after-step-marked': 3,
  'executor.after-step-run': 3,
  'executor.before-result-stored': 3,
  'executor.after-run-ended': 1,
};

/** A generator of numbers in [0, 1), the same for the same seed (Park and Miller's minimal standard). */
function createRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

export interface PlannedKill {
  readonly point: string;
  readonly passing: number;
}

/** `kills` kills that go round all points in an order of the seed's, each at a random passing. */
export function planKills(kills: number, seed: number): PlannedKill[] {
  const random = createRandom(seed);
  const plan: PlannedKill[] = [];
  while (plan.length < kills) {
    const round = Object.entries(faultPoints).map(([point, most]) => ({ point, passing: 1 + Math.floor(random() * most), order: random() }));
    plan.push(...round.toSorted((a, b) => a.order - b.order).map(({ point, passing }) => ({ point, passing })));
  }
  return plan.slice(0, kills);
}
