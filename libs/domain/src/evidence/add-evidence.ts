import type { Alarm, AlarmEvidence } from '@opsloop/contracts';
import { noteAlarm } from '../alarm-record/note-alarm.js';
import { shortHash } from '../notice/identity-of.js';
import { keepMoved } from './moved-together.js';
import { rankTemplates } from './rank-changes.js';

/** Adds what was found; playbooks replace those suggested before. Undefined when nothing is new. `nowMs`: wall clock. */
export function addEvidence(alarm: Alarm, found: Partial<AlarmEvidence>, nowMs: number): Alarm | undefined {
  const { templates = [], moved = [], playbooks = [] } = alarm.evidence ?? {};
  const evidence: AlarmEvidence = {
    templates: rankTemplates([...templates, ...(found.templates ?? [])]),
    moved: keepMoved([...moved, ...(found.moved ?? [])]),
    playbooks: found.playbooks ?? playbooks,
  };
  const text = JSON.stringify(evidence);
  if (text === JSON.stringify({ templates, moved, playbooks })) return undefined;
  return noteAlarm({ ...alarm, evidence }, { type: 'alarm.recorded', what: 'alarm.evidence', key: `evidence-${shortHash(text)}`, nowMs });
}
