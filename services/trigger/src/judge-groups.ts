/** Groups of resources: conditions.v1 brings what their members report to the one owner of each group. */
import { conditionRecordSchema, topics } from '@opsloop/contracts';
import { createGroupState, createJudgement, decodeGroupState, encodeGroupState, groupStateFormat, moveProgress, relearn, takeReport, type GroupState } from '@opsloop/domain';
import type { BusRecord } from '@opsloop/ports';
import { decodeEvent, statefulConsumer, type Emit, type Part, type ServiceContext } from '@opsloop/runtime';
import { emitTransition } from './emit-transition.js';
import type { PolicySource } from './policy-source.js';

/** Sources that fall silent close their windows `IDLE_MS` after they were heard, at the next tick. */
const tickMs = 1_000;

export function createGroupJudge(context: ServiceContext, policies: Pick<PolicySource, 'current'>): Part {
  const { settings, clock, ownMetrics } = context;
  const waitMs = (settings.IDLE_MS ?? 3 * settings.WINDOW_MS) + tickMs;
  const transitions = ownMetrics.counter('trigger_group_transitions_total', 'Transitions of alarms of groups', ['type']);
  /** States that began without a snapshot and have read nothing yet. */
  const unlearnt = new WeakSet<GroupState>();

  function step(state: GroupState, record: BusRecord, emit: Emit): void {
    const news = decodeEvent(conditionRecordSchema, record.value);
    if (unlearnt.delete(state)) relearn(state, news.arrivalMs);
    const out = createJudgement();
    const judging = { state, policies: policies.current(), out, waitMs };
    if (news.type === 'progress') moveProgress(judging, news.partition, news.arrivalMs);
    else takeReport(judging, { ...news, counts: news.counts ?? undefined });
    const judgedMs = clock.now();
    for (const decision of out.decisions) {
      emitTransition(decision, judgedMs, emit);
      transitions.inc({ type: decision.change.type });
    }
  }

  return statefulConsumer<GroupState>({
    context,
    topic: topics.conditions.name,
    group: 'trigger-groups',
    formatVersion: groupStateFormat,
    checkpointEveryMs: settings.CHECKPOINT_MS,
    create() {
      const state = createGroupState(topics.window.partitions);
      unlearnt.add(state);
      return state;
    },
    encode: encodeGroupState,
    decode: decodeGroupState,
    step: (state, record, emit) => step(state, record, emit),
  });
}
