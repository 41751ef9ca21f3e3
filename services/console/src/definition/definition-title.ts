import type { DefinitionAnswer } from '@opsloop/contracts';
import type { Language } from '../language/words.js';
import { titleIn } from '../language/titled.js';

/** What people call a definition: its title in their language, else its name. */
export function definitionTitle({ name, definition }: Pick<DefinitionAnswer, 'name' | 'definition'>, language: Language): string {
  return titleIn(definition?.metadata.title, language, name);
}
