import type { DefinitionAnswer } from '@opsloop/contracts';
import { useMemo } from 'react';
import { useDraft } from '../page/draft.js';
import { sourceText } from './source-text.js';

interface Written {
  readonly text: string;
  readonly version: number;
}

export interface DefinitionDraft {
  readonly text: string;
  /** The text in force. */
  readonly saved: string;
  readonly unsaved: boolean;
  /** The version that is edited. */
  readonly version: number;
  /** Somebody else saved another version meanwhile. */
  readonly overtaken: boolean;
  edit(text: string): void;
  forget(): void;
  /** Goes on with this text on top of what is in force by now. */
  keep(): void;
}

/** The text of a definition while it is edited. What is being written stays when somebody else saves; unchanged text follows the version in force. */
export function useDefinitionDraft(definition: DefinitionAnswer): DefinitionDraft {
  const [written, setWritten] = useDraft<Written>();
  const saved = useMemo(() => sourceText(definition.source), [definition.source]);
  const { text, version } = written ?? { text: saved, version: definition.version };
  return {
    text,
    saved,
    unsaved: text !== saved,
    version,
    overtaken: text !== saved && version !== definition.version,
    edit: (next) => setWritten(next === saved ? undefined : { text: next, version }),
    forget: () => setWritten(undefined),
    keep: () => setWritten({ text, version: definition.version }),
  };
}
