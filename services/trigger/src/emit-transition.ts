import { topics } from '@opsloop/contracts';
import { describeTransition, type AlarmDecision } from '@opsloop/domain';
import { encodeEvent, type Emit } from '@opsloop/runtime';

/** `judgedMs`: wall clock. */
export function emitTransition(decision: AlarmDecision, judgedMs: number, emit: Emit): void {
  const event = describeTransition(decision, judgedMs);
  emit(topics.alarms.name, { key: event.data.occurrence, value: encodeEvent(event) });
}
