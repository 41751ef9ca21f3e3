/** Trigger: turns windows and ticks into transitions of alarms. Read this file first. */
import { topics } from '@opsloop/contracts';
import { createWatchState, decodeWatchState, encodeWatchState, openSeedBox, readableWatchFormats, watchStateFormat, type WatchState } from '@opsloop/domain';
import { partGroup, statefulConsumer, type Part, type ServiceContext } from '@opsloop/runtime';
import { createGroupJudge } from './judge-groups.js';
import { createRecordJudge } from './judge-record.js';
import { createPolicySource } from './policy-source.js';
import { createScorePublisher } from './publish-forecast-scores.js';
import { createSeeder } from './seed-series.js';

const group = 'trigger';

/** `refresh` looks for changed policies at once; without it they are found within half a second. */
export function createTrigger(context: ServiceContext): Part & { refresh(): Promise<void> } {
  const policies = createPolicySource(context);
  const judge = createRecordJudge(context, policies);
  const consumer = statefulConsumer<WatchState>({
    context,
    topic: topics.window.name,
    group,
    formatVersion: watchStateFormat,
    readableVersions: readableWatchFormats,
    checkpointEveryMs: context.settings.CHECKPOINT_MS,
    create: () => withSeeds(createWatchState()),
    encode: encodeWatchState,
    decode: (chunks) => withSeeds(decodeWatchState(chunks)),
    step: (state, record, emit, partition) => judge(state, record, emit, partition),
  });
  return { ...partGroup('trigger', [policies, createGroupJudge(context, policies), consumer, createSeeder(context, policies, () => consumer.states().values()), createScorePublisher(context, () => consumer.states())]), refresh: policies.refresh };
}

function withSeeds(state: WatchState): WatchState {
  openSeedBox(state);
  return state;
}
