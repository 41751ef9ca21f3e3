import { useDebouncedValue } from '@mantine/hooks';
import type { PlanAnswer } from '@opsloop/contracts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiSend } from '../api/client.js';

const checkAfterMs = 400;

/** Kinds that are written here, by where the API keeps them. */
export const editedKinds = { policies: 'Policy', schedules: 'Schedule' } as const;
export type EditedPath = keyof typeof editedKinds;

export interface DefinitionCheck {
  readonly plan: PlanAnswer | undefined;
  readonly error: Error | null;
  /** The one definition that saving would store; undefined where the text holds none, others, or several. */
  readonly only: PlanAnswer['items'][number] | undefined;
  /** It has no faults, says something new, and what was checked is what stands there. */
  readonly ready: boolean;
  /** What was last without faults: judged on while the next text is still half-written. */
  readonly usable: string | undefined;
}

/** Asks what saving a text would do, once it has stood still. */
export function useDefinitionCheck(path: EditedPath, text: string): DefinitionCheck {
  const kind = editedKinds[path];
  const [settled] = useDebouncedValue(text, checkAfterMs);
  const { data: plan, error, isPlaceholderData } = useQuery({
    queryKey: ['plan', settled],
    queryFn: () => apiSend<PlanAnswer>('POST', 'policies/plan', settled),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    enabled: settled.trim() !== '',
  });
  const items = plan?.items ?? [];
  const faultless = plan?.errors.length === 0 && !isPlaceholderData;
  const only = items.length === 1 && items[0]!.kind === kind ? items[0] : undefined;
  const [usable, setUsable] = useState<string>();
  if (faultless && usable !== settled && items.some((item) => item.kind === kind)) setUsable(settled);
  return { plan, error, only, ready: faultless && only !== undefined && only.action !== 'unchanged' && settled === text, usable };
}
