import { Button } from '@mantine/core';
import type { DefinitionAnswer } from '@opsloop/contracts';
import { useWords } from '../language/language.js';
import pageStyles from '../page/page.module.css';
import { Ago } from '../time/ago.js';
import type { DefinitionDraft } from './definition-draft.js';
import { definitionWords } from './definition-words.js';
import styles from './definition.module.css';

/** Somebody else saved while this was written: who, when, and what shall become of one's own text. The difference is told among the versions. */
export function ChangedMeanwhile({ definition, draft }: { readonly definition: DefinitionAnswer; readonly draft: DefinitionDraft }) {
  const words = useWords(definitionWords);
  return (
    <div role="alert" className={pageStyles['problem']}>
      <strong>{words.changedBy(definition.author, definition.version)}</strong>
      <p>
        <Ago at={definition.at} />. {words.changedText(draft.version)}
      </p>
      <div className={styles['buttons']}>
        <Button size="xs" variant="default" onClick={draft.forget}>
          {words.takeTheirs}
        </Button>
        <Button size="xs" variant="default" onClick={draft.keep}>
          {words.keepMine}
        </Button>
      </div>
    </div>
  );
}
