import { Button } from '@mantine/core';
import type { TokenSecret } from '@opsloop/contracts';
import { useState } from 'react';
import { useWords } from '../language/language.js';
import { CodeBlock } from '../page/code-block.js';
import { Section } from '../page/page.js';
import { ProblemNotice } from '../page/problem.js';
import { hasScope, useMe } from '../session/me-query.js';
import styles from './settings.module.css';
import { settingsWords } from './settings-words.js';
import { telegrafConfig, tryCommand } from './telegraf-config.js';
import { useCreateToken } from './token-queries.js';

/** How to point an agent here, with everything to copy. */
export function AgentSection() {
  const words = useWords(settingsWords);
  const isAdmin = hasScope(useMe(), 'admin');
  const [made, setMade] = useState<TokenSecret>();
  const create = useCreateToken(setMade);
  return (
    <Section title={words.agents} id="agents">
      <div className={styles['stack']}>
        <p>{words.agentsText}</p>
        {isAdmin && !made ? (
          <div>
            {/* A name of its own: tokens that exist are never overwritten. */}
            <Button variant="default" loading={create.isPending} onClick={() => create.mutate({ name: `agents-${Date.now().toString(36)}`, scopes: ['ingest'] })}>
              {words.agentToken}
            </Button>
          </div>
        ) : null}
        {create.error ? <ProblemNotice error={create.error} /> : null}
        {made ? <p role="status">{words.agentTokenText(made.name)}</p> : null}
        <CodeBlock label={words.agentConfig} text={telegrafConfig(location.origin, made?.secret)} />
        <p className={styles['soft']}>{words.agentFile}</p>
        <p>{words.agentTry}</p>
        <CodeBlock label={words.agentTry} text={tryCommand(location.origin, made?.secret)} />
      </div>
    </Section>
  );
}
