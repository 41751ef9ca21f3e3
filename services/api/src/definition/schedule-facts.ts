import { collections, toApi, type DefinitionRecord, type ScheduleAnswer, type ScheduleState } from '@opsloop/contracts';
import { cronTimes, readStoredDefinition } from '@opsloop/domain';
import type { Clock, Documents } from '@opsloop/ports';

const upcoming = 5;

/** When a schedule is next due and what became of its times; undefined for definitions of other kinds. */
export function createScheduleFacts({ documents, clock }: { readonly documents: Documents; readonly clock: Clock }): (record: DefinitionRecord) => Promise<ScheduleAnswer | undefined> {
  const states = documents.collection<ScheduleState>(collections.schedules);
  return async ({ kind, tenant, name, versions }) => {
    const definition = kind === 'Schedule' ? readStoredDefinition(versions.at(-1)!.definition) : undefined;
    if (definition?.kind !== 'Schedule') return undefined;
    const state = (await states.get(`${tenant}/${name}`))?.doc;
    const { opened = 0, missed = 0, lastAtMs, lastWorkOrder, lastProblem } = state ?? {};
    const dueAtMs = cronTimes(definition.spec, { afterMs: clock.now(), limit: upcoming });
    return {
      upcoming: dueAtMs.map((ms) => new Date(ms).toISOString()),
      ...toApi({ opened, missed, ...(lastAtMs !== undefined && { lastAtMs }), ...(lastWorkOrder !== undefined && { lastWorkOrder }), ...(lastProblem !== undefined && { lastProblem }) }),
    };
  };
}
