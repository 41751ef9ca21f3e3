import type { DefinitionAnswer } from '@opsloop/contracts';
import { useMemo } from 'react';
import { useDraft } from '../page/draft.js';
import { sourceText } from './source-text.js';

export interface DefinitionDraft {
  readonly text: string;
  /** The text in force. */
  readonly saved: string;
  readonly unsaved: boolean;
  edit(text: string): void;
  forget(): void;
}

/** The text of a definition while it is edited. What is being written stays when somebody else saves; unchanged text follows the version in force. */
export function useDefinitionDraft(definition: DefinitionAnswer): DefinitionDraft {
  const [written, setWritten] = useDraft<string>();
  const saved = useMemo(() => sourceText(definition.source), [definition.source]);
  return {
    text: written ?? saved,
    saved,
    unsaved: written !== undefined && written !== saved,
    edit: (text) => setWritten(text === saved ? undefined : text),
    forget: () => setWritten(undefined),
  };
}
