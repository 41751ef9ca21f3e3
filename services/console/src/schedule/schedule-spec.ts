import type { DefinitionAnswer, Schedule } from '@opsloop/contracts';

export function scheduleSpec({ definition }: Pick<DefinitionAnswer, 'definition'>): Schedule['spec'] | undefined {
  return definition?.kind === 'Schedule' ? (definition as Schedule).spec : undefined;
}
