import * as contracts from '@opsloop/contracts';
import { z } from 'zod';

/** What crosses a boundary outside the HTTP API: definition files, events of the bus, documents that people export. */
const published = {
  'policy': contracts.policySchema,
  'scenario': contracts.scenarioSchema,
  'playbook': contracts.playbookSchema,
  'receiver': contracts.receiverSchema,
  'schedule': contracts.scheduleSchema,
  'alarm-event': contracts.alarmEventSchema,
  'alarm-note-event': contracts.alarmNoteEventSchema,
  'alarm-command': contracts.alarmCommandSchema,
  'notice-event': contracts.noticeEventSchema,
  'work-order-event': contracts.workOrderEventSchema,
  'run-event': contracts.runEventSchema,
  'log-batch': contracts.logBatchSchema,
  'log-change-event': contracts.logChangeEventSchema,
} as const;

export function jsonSchemaOf(name: keyof typeof published): unknown {
  return z.toJSONSchema(published[name], { io: 'input', unrepresentable: 'any' });
}

/** schemas/NAME.schema.json -> content (JSON Schema 2020-12). */
export function generateJsonSchemas(): Map<string, string> {
  const names = Object.keys(published) as (keyof typeof published)[];
  return new Map(names.map((name) => [`schemas/${name}.schema.json`, `${JSON.stringify({ title: name, ...(jsonSchemaOf(name) as object) }, null, 2)}\n`]));
}
