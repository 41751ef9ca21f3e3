import type { ReceiverSpec } from '@opsloop/contracts';

export type Language = ReceiverSpec['language'];

/** One text for everybody, or one per language. */
export type Wording = string | Readonly<Record<Language, string>>;

export function wordingIn(language: Language, wording: Wording): string {
  return typeof wording === 'string' ? wording : wording[language];
}
