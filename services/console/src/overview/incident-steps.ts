import type { AlarmAnswer } from '@opsloop/contracts';

const incidentStepNames = ['stepStopped', 'stepAlarm', 'stepNotice', 'stepOrder', 'stepRun', 'stepVerified', 'stepResolved'] as const;

export interface IncidentStep {
  readonly name: (typeof incidentStepNames)[number];
  /** When it was done; undefined: still to come. */
  readonly atMs: number | undefined;
}

/** How far the loop has got with an incident that was begun at a time: its steps in order, done or to come. */
export function incidentSteps(startedAtMs: number, alarm: AlarmAnswer | undefined): readonly IncidentStep[] {
  const order = alarm?.workOrderDetails[0];
  const first = (what: (name: string) => boolean): string | undefined => order?.timeline.find((entry) => what(entry.what))?.at;
  const times: Readonly<Record<IncidentStep['name'], string | number | undefined>> = {
    stepStopped: startedAtMs,
    stepAlarm: alarm?.trace.judged,
    stepNotice: alarm?.trace.notified ?? alarm?.notices[0]?.createdAt,
    stepOrder: order?.createdAt,
    stepRun: first((what) => what === 'work-order.succeeded') ?? order?.runEndedAt,
    stepVerified: alarm?.trace.verified ?? first((what) => what === 'work-order.verified'),
    stepResolved: alarm?.resolvedAt,
  };
  const steps = incidentStepNames.map((name) => {
    const at = times[name];
    return { name, atMs: typeof at === 'string' ? Date.parse(at) : at };
  });
  // The end of the alarm may come before the proof of the repair, or after it.
  return steps.toSorted((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity) || 0);
}
