import { Button } from '@mantine/core';
import type { DefinitionAnswer } from '@opsloop/contracts';
import { useMemo, useState } from 'react';
import { useWords } from '../language/language.js';
import { Section } from '../page/page.js';
import { Ago } from '../time/ago.js';
import { toMs } from '../time/format-time.js';
import { diffLines } from './diff-lines.js';
import { definitionWords } from './definition-words.js';
import styles from './definition.module.css';
import { sourceText } from './source-text.js';

type Version = NonNullable<DefinitionAnswer['versions']>[number];

/** Who changed what, when; newest first. */
export function DefinitionVersions({ definition, onRestore }: { readonly definition: DefinitionAnswer; readonly onRestore: ((text: string) => void) | undefined }) {
  const words = useWords(definitionWords);
  const versions = definition.versions?.toReversed() ?? [];
  const [opened, setOpened] = useState<number>();
  return (
    <Section title={words.versions}>
      <ol className={styles['versions']}>
        {versions.map((version, index) => (
          <li key={version.version}>
            <details open={opened === version.version} onToggle={(event) => event.currentTarget.open && setOpened(version.version)}>
              <summary>
                <b>{words.versionNumber(version.version)}</b>
                <span>
                  {words.by} {version.author}, <Ago at={version.at} />
                </span>
                <span className={styles['soft']}>{toMs(version.since) === 0 ? words.always : <>{words.since} <Ago at={version.since} /></>}</span>
                {version.definition === null ? <b>{words.deleted}</b> : null}
              </summary>
              {opened === version.version ? <VersionDetail version={version} before={versions[index + 1]} onRestore={version.version === definition.version ? undefined : onRestore} /> : null}
            </details>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function VersionDetail({ version, before, onRestore }: { readonly version: Version; readonly before: Version | undefined; readonly onRestore: ((text: string) => void) | undefined }) {
  const words = useWords(definitionWords);
  const lines = useMemo(() => diffLines(sourceText(before?.source ?? ''), sourceText(version.source)), [before, version]);
  return (
    <>
      <p className={styles['soft']}>{before ? words.compare : words.first}</p>
      <pre className={styles['diff']} tabIndex={0} role="region" aria-label={`${words.compare}, ${words.versionNumber(version.version)}`}>
        {lines.map((line, index) => (
          <div key={index} data-kind={before ? line.kind : 'same'}>
            <span aria-hidden="true">{before ? { same: ' ', added: '+', removed: '−' }[line.kind] : ' '} </span>
            {line.kind === 'added' && before ? <ins>{line.text}</ins> : line.kind === 'removed' ? <del>{line.text}</del> : line.text}
          </div>
        ))}
      </pre>
      {onRestore && version.definition !== null ? (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            onRestore(sourceText(version.source));
            scrollTo({ top: 0 });
          }}
        >
          {words.restore}
        </Button>
      ) : null}
    </>
  );
}
