/** A policy on `app.load` as the trigger compiles it, and the series that it is measured with. */
import type { Policy } from '@opsloop/contracts';
import { compilePolicy, parseDefinitions, type CompiledPolicy } from '@opsloop/domain';

export type SeriesCondition = NonNullable<NonNullable<CompiledPolicy['condition']>['series']>;

export function modelCondition(spec: Readonly<Record<string, unknown>>): SeriesCondition {
  const { definitions } = parseDefinitions(JSON.stringify({ apiVersion: 'opsloop/v1', kind: 'Policy', metadata: { name: 'p' }, spec: { metric: 'app.load', ...spec } }), { baseWindowMs: 10_000 });
  return compilePolicy(definitions[0]!.definition as Policy, { tenant: 'default', version: 1 }).condition!.series!;
}

/** A day's wave with noise that is the same in every run. */
export function valueAt(timeMs: number): number {
  const wave = Math.sin(timeMs * 12.9898) * 43_758.5453;
  return 50 + 15 * Math.sin((2 * Math.PI * timeMs) / 86_400_000) + 5 * (wave - Math.floor(wave));
}
